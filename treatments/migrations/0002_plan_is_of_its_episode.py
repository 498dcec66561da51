from django.db import migrations

# Patient and site stand in every row for fast reading; they cannot differ from the episode's.
SAME_AS_EPISODE = """
ALTER TABLE treatments_treatmentplan ADD CONSTRAINT plan_is_of_its_episode
    FOREIGN KEY (episode_id, patient_id, site_id)
    REFERENCES patients_episode (id, patient_id, site_id) DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("treatments", "0001_plans_and_drug_tests"),
        ("patients", "0002_episode_is_of_its_patient"),
    ]

    operations = [
        migrations.RunSQL(
            SAME_AS_EPISODE,
            "ALTER TABLE treatments_treatmentplan DROP CONSTRAINT plan_is_of_its_episode",
        ),
    ]
