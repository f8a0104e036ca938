"""Local features of photos; on PostgreSQL, their words in a column of their own and an inverted index."""

import django.db.models.deletion
from django.db import migrations, models

# A row of local features is 14 bytes long and begins with its word, the least byte first.
WORDS = """
    CREATE FUNCTION verification_words(bytea) RETURNS int[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN ARRAY(
        SELECT DISTINCT get_byte($1, at) | (get_byte($1, at + 1) << 8)
            | (get_byte($1, at + 2) << 16) | (get_byte($1, at + 3) << 24)
        FROM generate_series(0, length($1) - 14, 14) AS at
    )
"""


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(WORDS)
        schema_editor.execute(
            "ALTER TABLE verification_localfeatures"
            " ADD COLUMN words int[] GENERATED ALWAYS AS (verification_words(rows)) STORED"
        )
        schema_editor.execute(
            "CREATE INDEX local_features_words ON verification_localfeatures USING gin (words)"
            " WITH (fastupdate = off)"  # a list of what is new would be read for every word asked for
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE verification_localfeatures DROP COLUMN words")
        schema_editor.execute("DROP FUNCTION verification_words(bytea)")


class Migration(migrations.Migration):
    dependencies = [
        ("claims", "0002_whole_intervals_and_places"),
        ("verification", "0007_descriptors"),
    ]
    operations = [
        migrations.CreateModel(
            name="LocalFeatures",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.CharField(max_length=20)),
                ("width", models.FloatField()),
                ("height", models.FloatField()),
                ("rows", models.BinaryField()),
                (
                    "media_file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="local_features",
                        to="claims.mediafile",
                    ),
                ),
            ],
            options={"verbose_name_plural": "local features"},
        ),
        migrations.RunPython(make, drop),
    ]
