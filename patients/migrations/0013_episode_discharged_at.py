"""Add when a discharge was recorded, filled from the audit trail."""

from django.db import migrations, models

FILL = """
UPDATE patients_episode AS episode SET discharged_at = entry.at
FROM (
    SELECT object_id, max(at) AS at FROM access_auditentry
    WHERE action = 'discharge' AND object_type = 'episode of care'
    GROUP BY object_id
) AS entry
WHERE entry.object_id = episode.id AND episode.discharge_date IS NOT NULL
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0014_a_second_person"),
        ("patients", "0012_find_consents_that_end"),
    ]

    operations = [
        migrations.AddField(
            model_name="episode",
            name="discharged_at",
            field=models.DateTimeField(
                blank=True, editable=False, null=True, verbose_name="discharge recorded at"
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
