"""The fingerprint index on PostgreSQL: the hashes as bits, and an index for each band of them.

SQLite holds its hashes beside the table and needs nothing here. The indexes are of all rows, though other
rows than PDQ's have nothing in them: of a partial index the planner does not use the statistics.
"""

from django.db import migrations

BANDS = ((1, 24), (25, 24), (49, 24), *((73 + 23 * number, 23) for number in range(8)))
COLUMNS = {"pdq": 256, "phash": 64}


def make(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    for algorithm, width in COLUMNS.items():
        schema_editor.execute(
            f"ALTER TABLE verification_fingerprint ADD COLUMN {algorithm} bit({width}) GENERATED ALWAYS AS"
            f" (CASE WHEN algorithm = '{algorithm}' AND quality >= 50"
            f" THEN ('x' || bits)::bit({width}) END) STORED"
        )
    for number, (first, length) in enumerate(BANDS):
        schema_editor.execute(
            f"CREATE INDEX fingerprint_band_{number} ON verification_fingerprint"
            f" ((substring(pdq from {first} for {length})::int))"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for algorithm in COLUMNS:
            schema_editor.execute(f"ALTER TABLE verification_fingerprint DROP COLUMN {algorithm}")


class Migration(migrations.Migration):
    dependencies = [("verification", "0003_review_case")]
    operations = [migrations.RunPython(make, drop)]
