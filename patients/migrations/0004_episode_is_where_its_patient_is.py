from django.db import migrations, models

# The site stands in every episode for fast reading; it cannot differ from the patient's.
SAME_AS_PATIENT = """
ALTER TABLE patients_episode ADD CONSTRAINT episode_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_staff_roles_and_audit"),
        ("patients", "0003_read_many_sites_in_order"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.UniqueConstraint(
                fields=("id", "site"), name="patient_is_at_one_site"
            ),
        ),
        migrations.RunSQL(
            SAME_AS_PATIENT,
            "ALTER TABLE patients_episode DROP CONSTRAINT episode_is_where_its_patient_is",
        ),
    ]
