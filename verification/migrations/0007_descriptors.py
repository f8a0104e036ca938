"""Learned descriptors of photos; on PostgreSQL their signs also as bits, which can be counted.

SQLite holds its signs beside the table and needs nothing here.
"""

import django.db.models.deletion
from django.db import migrations, models


def make(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "ALTER TABLE verification_descriptor ADD COLUMN sign_bits bit varying"
            " GENERATED ALWAYS AS (('x' || encode(signs, 'hex'))::bit varying) STORED"
        )


def drop(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE verification_descriptor DROP COLUMN sign_bits")


class Migration(migrations.Migration):

    dependencies = [
        ('claims', '0002_whole_intervals_and_places'),
        ('verification', '0006_archive_lookups'),
    ]

    operations = [
        migrations.AddField(
            model_name='match',
            name='likeness',
            field=models.FloatField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name='match',
            name='relation',
            field=models.CharField(choices=[('near', 'near copy'), ('mirrored', 'mirrored copy'), ('rotated', 'turned copy'), ('crop', 'part of the same picture'), ('frame', 'frame of a video'), ('clip', 'the same footage'), ('scene', 'the same picture or scene')], max_length=20),
        ),
        migrations.CreateModel(
            name='Descriptor',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('version', models.CharField(max_length=80)),
                ('part', models.CharField(max_length=20)),
                ('numbers', models.BinaryField()),
                ('signs', models.BinaryField()),
                ('media_file', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='descriptors', to='claims.mediafile')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('media_file', 'version', 'part'), name='one_descriptor_a_part_and_version')],
            },
        ),
        migrations.RunPython(make, drop),
    ]
