from django.db import migrations

# The floor below asks nothing of this one, so the rule stands here, at its table. Bottles handed out
# before may last beyond the discharge: for them counts the day on which they were handed out.
REFUSE = """
CREATE FUNCTION discharge_is_not_before_the_last_dose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM dispensary_doserecord dose
        JOIN access_site site ON site.id = dose.site_id
        WHERE dose.episode_id = NEW.id AND dose.dose_date > NEW.discharge_date
          AND (dose.outcome = 'given' OR dose.outcome = 'take_home'
               AND (dose.recorded_at AT TIME ZONE site.time_zone)::date > NEW.discharge_date)
          AND NOT EXISTS (
              SELECT FROM dispensary_doserecord voiding WHERE voiding.voids_id = dose.id
          )
    ) THEN
        RAISE EXCEPTION 'a dose is recorded after this discharge'
            USING ERRCODE = 'check_violation',
                CONSTRAINT = 'discharge_is_not_before_the_last_dose';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER discharge_is_not_before_the_last_dose
    BEFORE UPDATE OF discharge_date ON patients_episode
    FOR EACH ROW WHEN (NEW.discharge_date IS NOT NULL)
    EXECUTE FUNCTION discharge_is_not_before_the_last_dose();
"""
ALLOW = """
DROP TRIGGER discharge_is_not_before_the_last_dose ON patients_episode;
DROP FUNCTION discharge_is_not_before_the_last_dose();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("dispensary", "0005_one_dose_a_day_for_one_person"),
        ("patients", "0006_stays_do_not_overlap"),
    ]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
