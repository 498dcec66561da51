import django.db.models.deletion
from django.db import migrations, models

SITE_OF_ITS_PATIENT = """
UPDATE patients_identifier SET site_id = patient.site_id
FROM patients_patient patient WHERE patient.id = patients_identifier.patient_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""
SAME_AS_PATIENT = """
ALTER TABLE patients_identifier ADD CONSTRAINT identifier_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED
"""


def _site(**options: object) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to="access.site",
        **options,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_sessions_that_staff_see"),
        ("patients", "0006_stays_do_not_overlap"),
    ]

    operations = [
        migrations.AddField("identifier", "site", _site(null=True)),
        migrations.RunSQL(SITE_OF_ITS_PATIENT, migrations.RunSQL.noop),
        migrations.AlterField("identifier", "site", _site()),
        migrations.RunSQL(
            SAME_AS_PATIENT,
            "ALTER TABLE patients_identifier DROP CONSTRAINT identifier_is_where_its_patient_is",
        ),
        migrations.RemoveConstraint("identifier", "identifier_names_one_person"),
        migrations.AddConstraint(
            "identifier",
            models.UniqueConstraint(
                fields=("site", "system", "value"), name="identifier_names_one_person_at_a_site"
            ),
        ),
        migrations.RunSQL(
            "CREATE INDEX identifier_by_number ON patients_identifier (system, value)",
            "DROP INDEX identifier_by_number",
        ),
    ]
