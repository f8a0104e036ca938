"""The first band of a hash is four bits shorter, and the others longer: a seventh fewer rows to measure.

It is searched within one bit, and so has few keys; the bits that it gives up make the others choose better.
On PostgreSQL all eleven indexes are made anew, and nothing is stored in the table meanwhile.
"""

from django.db import migrations

BEFORE = ((1, 24), (25, 24), (49, 24), *((73 + 23 * number, 23) for number in range(8)))
BANDS = (
    (1, 20),
    *((21 + 24 * number, 24) for number in range(6)),
    *((165 + 23 * number, 23) for number in range(4)),
)


def make(schema_editor, bands):
    if schema_editor.connection.vendor != "postgresql":
        return
    for number, (first, length) in enumerate(bands):
        schema_editor.execute(f"DROP INDEX fingerprint_band_{number}")
        schema_editor.execute(
            f"CREATE INDEX fingerprint_band_{number} ON verification_fingerprint"
            f" ((substring(pdq from {first} for {length})::int))"
        )
    # What the planner knew of the old indexes went with them, and autovacuum waits until rows have changed.
    schema_editor.execute("ANALYZE verification_fingerprint")


class Migration(migrations.Migration):
    dependencies = [("verification", "0011_heartbeat_locks")]
    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: make(schema_editor, BANDS),
            lambda apps, schema_editor: make(schema_editor, BEFORE),
        )
    ]
