from django.db import migrations, models

# A ledger that holds two standing doses of one day is not changed for anybody: say how many.
COUNT_WHAT_DOES_NOT_FIT = """
DO $$
DECLARE days bigint;
BEGIN
    SELECT count(*) INTO days FROM (
        SELECT FROM dispensary_doserecord WHERE outcome <> 'void'
        GROUP BY patient_id, dose_date, portion, correction HAVING count(*) > 1
    ) doubled;
    IF days > 0 THEN
        RAISE EXCEPTION '% days hold rows of two programs for one patient', days
            USING HINT = 'A person decides: with the version before, strike out the wrong ones and '
                'ask for help with the rest. Nothing was changed.';
    END IF;
END $$
"""

# What stands before a replacement is counted by person, as the constraint counts.
REPLACE = """
CREATE OR REPLACE FUNCTION dose_replaces_a_voided_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM dispensary_doserecord earlier
        JOIN dispensary_doserecord voiding ON voiding.voids_id = earlier.id
        WHERE earlier.{whose} = NEW.{whose} AND earlier.dose_date = NEW.dose_date
          AND earlier.portion = NEW.portion AND earlier.correction = NEW.correction - 1
          AND earlier.outcome <> 'void'
    ) THEN
        RAISE EXCEPTION 'the row before this one is not voided'
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("dispensary", "0004_ledger_is_not_emptied")]

    operations = [
        migrations.RunSQL(COUNT_WHAT_DOES_NOT_FIT, migrations.RunSQL.noop),
        migrations.RemoveConstraint("doserecord", "dose_once_per_day_and_portion"),
        migrations.AddConstraint(
            "doserecord",
            models.UniqueConstraint(
                condition=models.Q(("outcome", "void"), _negated=True),
                fields=("patient", "dose_date", "portion", "correction"),
                name="dose_once_per_patient_and_day",
            ),
        ),
        migrations.RunSQL(REPLACE.format(whose="patient_id"), REPLACE.format(whose="episode_id")),
    ]
