from django.db import migrations

# The site stands in every reminder for fast reading; it cannot differ from the patient's.
SAME_AS_PATIENT = """
ALTER TABLE reminders_reminder ADD CONSTRAINT reminder_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0004_tried_again_and_died"),
        ("patients", "0004_episode_is_where_its_patient_is"),
    ]

    operations = [
        migrations.RunSQL(
            SAME_AS_PATIENT,
            "ALTER TABLE reminders_reminder DROP CONSTRAINT reminder_is_where_its_patient_is",
        ),
    ]
