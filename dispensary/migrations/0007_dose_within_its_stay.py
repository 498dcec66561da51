from decimal import Decimal

from django.db import migrations, models

# Once for a statement, so that a bulk load of a whole trial asks once for each batch. A voiding row
# has the day of the row it voids, and bottles may be voided after a discharge that they outlast.
REFUSE = """
CREATE FUNCTION dose_lies_within_its_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM written
        JOIN patients_episode episode ON episode.id = written.episode_id
        WHERE written.outcome <> 'void'
          AND (written.dose_date < episode.admission_date
               OR written.dose_date > episode.discharge_date)
    ) THEN
        RAISE EXCEPTION 'the day of a dose lies outside its episode of care'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'dose_lies_within_its_stay';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER dose_lies_within_its_stay AFTER INSERT ON dispensary_doserecord
    REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION dose_lies_within_its_stay();
"""
ALLOW = """
DROP TRIGGER dose_lies_within_its_stay ON dispensary_doserecord;
DROP FUNCTION dose_lies_within_its_stay();
"""


class Migration(migrations.Migration):
    dependencies = [("dispensary", "0006_no_discharge_before_the_last_dose")]

    operations = [
        migrations.AddConstraint(
            "doserecord",
            models.CheckConstraint(
                condition=models.Q(("amount_mg__isnull", True))
                | models.Q(("amount_mg__lte", Decimal(1000))),
                name="dose_amount_can_have_been_given",
            ),
        ),
        migrations.RunSQL(REFUSE, ALLOW),
    ]
