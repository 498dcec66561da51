from django.db import migrations

# The site stands in every visit for fast reading; it cannot differ from the patient's.
SAME_AS_PATIENT = """
ALTER TABLE appointments_appointment ADD CONSTRAINT visit_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0002_read_many_sites_in_order"),
        ("patients", "0004_episode_is_where_its_patient_is"),
    ]

    operations = [
        migrations.RunSQL(
            SAME_AS_PATIENT,
            "ALTER TABLE appointments_appointment DROP CONSTRAINT visit_is_where_its_patient_is",
        ),
    ]
