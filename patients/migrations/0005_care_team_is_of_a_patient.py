from django.db import migrations

# access/ knows no patients, so its rows hold an id; here, where both are known, it becomes a patient
# of that very site.
OF_A_PATIENT = """
ALTER TABLE access_careteamplace ADD CONSTRAINT care_team_is_of_a_patient
    FOREIGN KEY (patient_id, site_id) REFERENCES patients_patient (id, site_id)
    ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE access_emergencyaccess ADD CONSTRAINT emergency_is_of_a_patient
    FOREIGN KEY (patient_id, site_id) REFERENCES patients_patient (id, site_id)
    DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX care_team_of_patient ON access_careteamplace (patient_id);
CREATE INDEX emergency_of_patient ON access_emergencyaccess (patient_id);
"""
FREE = """
DROP INDEX emergency_of_patient;
DROP INDEX care_team_of_patient;
ALTER TABLE access_emergencyaccess DROP CONSTRAINT emergency_is_of_a_patient;
ALTER TABLE access_careteamplace DROP CONSTRAINT care_team_is_of_a_patient;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0006_care_teams_and_emergencies"),
        ("patients", "0004_episode_is_where_its_patient_is"),
    ]

    operations = [migrations.RunSQL(OF_A_PATIENT, FREE)]
