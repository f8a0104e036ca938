from django.db import migrations

from claims import append_only

TABLES = ("claims_custodyevent", "claims_custodyhead", "claims_mediafile", "claims_evidence")


class Migration(migrations.Migration):
    """Must stay behind whatever rebuilds one of these tables: on SQLite that drops their triggers."""

    dependencies = [("claims", "0004_custody_heads")]

    operations = [
        migrations.RunPython(
            lambda apps, schema_editor: append_only.install(schema_editor.connection, *TABLES),
            lambda apps, schema_editor: append_only.remove(schema_editor.connection, *TABLES),
        ),
    ]
