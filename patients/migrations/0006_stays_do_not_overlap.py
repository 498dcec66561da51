import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
from django.db import migrations, models

# Which of two stays is right, nobody can know from here: say how many there are.
COUNT_WHAT_DOES_NOT_FIT = """
DO $$
DECLARE pairs bigint;
BEGIN
    SELECT count(*) INTO pairs
    FROM patients_episode one
    JOIN patients_episode other
      ON other.patient_id = one.patient_id AND other.program_id = one.program_id
     AND other.id > one.id
     AND daterange(other.admission_date, other.discharge_date, '[)')
         && daterange(one.admission_date, one.discharge_date, '[)');
    IF pairs > 0 THEN
        RAISE EXCEPTION '% pairs of stays of one person in one program overlap', pairs
            USING HINT = 'A person decides which dates are right. Nothing was changed.';
    END IF;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("patients", "0005_care_team_is_of_a_patient")]

    operations = [
        # Not taken away again on the way back: the calendar needs it, too.
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS btree_gist", migrations.RunSQL.noop),
        migrations.RunSQL(COUNT_WHAT_DOES_NOT_FIT, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "episode",
            django.contrib.postgres.constraints.ExclusionConstraint(
                name="episode_stays_do_not_overlap",
                expressions=[
                    ("patient", "="),
                    ("program", "="),
                    (
                        models.Func(
                            models.F("admission_date"),
                            models.F("discharge_date"),
                            models.Value("[)"),
                            function="DATERANGE",
                            output_field=django.contrib.postgres.fields.ranges.DateRangeField(),
                        ),
                        "&&",
                    ),
                ],
            ),
        ),
    ]
