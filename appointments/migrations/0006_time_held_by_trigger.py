"""Whose time is taken, kept by the database itself: no code path can forget it (decision 19)."""

from django.db import migrations

# The site and the patient stand in these for fast reading; they cannot differ from the patient's own.
SAME_AS_PATIENT = """
ALTER TABLE appointments_appointmentseries ADD CONSTRAINT series_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE appointments_waitlistentry ADD CONSTRAINT waitlist_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE appointments_waitlistentry ADD CONSTRAINT waitlist_named_with_its_patient
    UNIQUE (id, patient_id, site_id);
ALTER TABLE appointments_waitlistoffer ADD CONSTRAINT offer_is_to_whom_waits
    FOREIGN KEY (entry_id, patient_id, site_id)
    REFERENCES appointments_waitlistentry (id, patient_id, site_id) DEFERRABLE INITIALLY DEFERRED;
"""
APART_FROM_PATIENT = """
ALTER TABLE appointments_waitlistoffer DROP CONSTRAINT offer_is_to_whom_waits;
ALTER TABLE appointments_waitlistentry DROP CONSTRAINT waitlist_named_with_its_patient;
ALTER TABLE appointments_waitlistentry DROP CONSTRAINT waitlist_is_where_its_patient_is;
ALTER TABLE appointments_appointmentseries DROP CONSTRAINT series_is_where_its_patient_is;
"""

# One practitioner, one weekday, days and clock times that touch: by the sites' own clocks.
NOWHERE_TWICE = """
ALTER TABLE appointments_workinghours ADD CONSTRAINT working_hours_nowhere_twice EXCLUDE USING gist (
    practitioner_id WITH =,
    weekday WITH =,
    daterange(from_date, until_date) WITH &&,
    tsrange('2000-01-01'::date + starts_time, '2000-01-01'::date + ends_time) WITH &&
)
"""

# Until now two visits could name one room at one time. Of those the later one gives it up.
ONE_ROOM_ONCE = """
UPDATE appointments_appointment visit SET room_id = NULL
FROM (
    SELECT id, starts_at < max(ends_at) OVER (
        PARTITION BY room_id ORDER BY starts_at, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS is_taken
    FROM appointments_appointment
    WHERE room_id IS NOT NULL AND status IN ('booked', 'confirmed', 'arrived', 'completed')
) seen
WHERE seen.id = visit.id AND seen.is_taken;
INSERT INTO appointments_heldtime (practitioner_id, room_id, period, appointment_id)
SELECT practitioner_id, room_id, tstzrange(starts_at, ends_at), id
FROM appointments_appointment
WHERE status IN ('booked', 'confirmed', 'arrived', 'completed')
  AND (practitioner_id IS NOT NULL OR room_id IS NOT NULL);
SET CONSTRAINTS ALL IMMEDIATE;
"""

HOLD_TIME = """
CREATE FUNCTION hold_time_of_visit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.group_session_id IS NULL
       AND NEW.status IN ('booked', 'confirmed', 'arrived', 'completed')
       AND (NEW.practitioner_id IS NOT NULL OR NEW.room_id IS NOT NULL) THEN
        INSERT INTO appointments_heldtime (appointment_id, practitioner_id, room_id, period)
        VALUES (NEW.id, NEW.practitioner_id, NEW.room_id, tstzrange(
            NEW.starts_at, NEW.ends_at + make_interval(mins => NEW.buffer_minutes)))
        ON CONFLICT (appointment_id) DO UPDATE SET practitioner_id = EXCLUDED.practitioner_id,
            room_id = EXCLUDED.room_id, period = EXCLUDED.period;
    ELSIF TG_OP = 'UPDATE' THEN
        DELETE FROM appointments_heldtime WHERE appointment_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_time_of_visit AFTER INSERT OR UPDATE OF
    status, practitioner_id, room_id, starts_at, ends_at, buffer_minutes, group_session_id
    ON appointments_appointment FOR EACH ROW EXECUTE FUNCTION hold_time_of_visit();

CREATE FUNCTION hold_time_of_group() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'cancelled' THEN
        INSERT INTO appointments_heldtime (group_session_id, practitioner_id, room_id, period)
        VALUES (NEW.id, NEW.practitioner_id, NEW.room_id, tstzrange(
            NEW.starts_at, NEW.ends_at + make_interval(mins => NEW.buffer_minutes)))
        ON CONFLICT (group_session_id) DO UPDATE SET practitioner_id = EXCLUDED.practitioner_id,
            room_id = EXCLUDED.room_id, period = EXCLUDED.period;
    ELSIF TG_OP = 'UPDATE' THEN
        DELETE FROM appointments_heldtime WHERE group_session_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_time_of_group AFTER INSERT OR UPDATE OF
    status, practitioner_id, room_id, starts_at, ends_at, buffer_minutes
    ON appointments_groupsession FOR EACH ROW EXECUTE FUNCTION hold_time_of_group();

CREATE FUNCTION hold_time_of_offer() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'open' THEN
        INSERT INTO appointments_heldtime (offer_id, practitioner_id, room_id, period)
        VALUES (NEW.id, NEW.practitioner_id, NEW.room_id, tstzrange(
            NEW.starts_at, NEW.ends_at + make_interval(mins => NEW.buffer_minutes)))
        ON CONFLICT (offer_id) DO UPDATE SET practitioner_id = EXCLUDED.practitioner_id,
            room_id = EXCLUDED.room_id, period = EXCLUDED.period;
    ELSIF TG_OP = 'UPDATE' THEN
        DELETE FROM appointments_heldtime WHERE offer_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER hold_time_of_offer AFTER INSERT OR UPDATE OF
    status, practitioner_id, room_id, starts_at, ends_at, buffer_minutes
    ON appointments_waitlistoffer FOR EACH ROW EXECUTE FUNCTION hold_time_of_offer();

CREATE FUNCTION let_time_go() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DELETE FROM appointments_heldtime WHERE %I = $1', TG_ARGV[0]) USING OLD.id;
    RETURN OLD;
END $$;
CREATE TRIGGER let_time_go BEFORE DELETE ON appointments_appointment
    FOR EACH ROW EXECUTE FUNCTION let_time_go('appointment_id');
CREATE TRIGGER let_time_go BEFORE DELETE ON appointments_groupsession
    FOR EACH ROW EXECUTE FUNCTION let_time_go('group_session_id');
CREATE TRIGGER let_time_go BEFORE DELETE ON appointments_waitlistoffer
    FOR EACH ROW EXECUTE FUNCTION let_time_go('offer_id');

CREATE FUNCTION time_is_held_by_triggers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'held time follows visits, groups and offers: change those'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER time_is_held_by_triggers AFTER INSERT OR UPDATE OR DELETE ON appointments_heldtime
    FOR EACH ROW EXECUTE FUNCTION time_is_held_by_triggers();
"""
LET_GO = """
DROP TRIGGER time_is_held_by_triggers ON appointments_heldtime;
DROP TRIGGER let_time_go ON appointments_appointment;
DROP TRIGGER let_time_go ON appointments_groupsession;
DROP TRIGGER let_time_go ON appointments_waitlistoffer;
DROP TRIGGER hold_time_of_visit ON appointments_appointment;
DROP TRIGGER hold_time_of_group ON appointments_groupsession;
DROP TRIGGER hold_time_of_offer ON appointments_waitlistoffer;
DROP FUNCTION hold_time_of_visit(), hold_time_of_group(), hold_time_of_offer(), let_time_go(),
    time_is_held_by_triggers();
DELETE FROM appointments_heldtime;
"""

# Seats are counted under the session's row lock; the check on the count refuses one too many.
COUNT_SEATS = """
CREATE FUNCTION count_seats_of_group() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    holding CONSTANT text[] := ARRAY['booked', 'confirmed', 'arrived', 'completed'];
    before bigint := CASE WHEN TG_OP <> 'INSERT' AND OLD.status = ANY (holding)
        THEN OLD.group_session_id END;
    after bigint := CASE WHEN TG_OP <> 'DELETE' AND NEW.status = ANY (holding)
        THEN NEW.group_session_id END;
BEGIN
    IF before IS DISTINCT FROM after THEN
        UPDATE appointments_groupsession
        SET seats_taken = seats_taken + CASE WHEN id = after THEN 1 ELSE -1 END
        WHERE id IN (before, after);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER count_seats_of_group AFTER INSERT OR DELETE OR UPDATE OF status, group_session_id
    ON appointments_appointment FOR EACH ROW EXECUTE FUNCTION count_seats_of_group();

CREATE FUNCTION group_visit_is_at_its_session() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM appointments_groupsession session
        WHERE session.id = NEW.group_session_id AND session.status <> 'cancelled'
          AND session.site_id = NEW.site_id
          AND session.starts_at = NEW.starts_at AND session.ends_at = NEW.ends_at
    ) THEN
        RAISE EXCEPTION 'group_visit_is_at_its_session: the session is at another time, or cancelled'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER group_visit_is_at_its_session AFTER INSERT OR UPDATE OF
    status, group_session_id, site_id, starts_at, ends_at
    ON appointments_appointment FOR EACH ROW
    WHEN (NEW.group_session_id IS NOT NULL
          AND NEW.status IN ('booked', 'confirmed', 'arrived', 'completed'))
    EXECUTE FUNCTION group_visit_is_at_its_session();

CREATE FUNCTION group_takes_its_visits_along() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (
        SELECT FROM appointments_appointment visit
        JOIN appointments_groupsession session ON session.id = visit.group_session_id
        WHERE session.id = NEW.id AND visit.status IN ('booked', 'confirmed', 'arrived', 'completed')
          AND (session.status = 'cancelled' OR visit.starts_at <> session.starts_at
               OR visit.ends_at <> session.ends_at)
    ) THEN
        RAISE EXCEPTION 'group_visit_is_at_its_session: its visits stayed behind'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER group_takes_its_visits_along AFTER UPDATE OF status, starts_at, ends_at
    ON appointments_groupsession DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION group_takes_its_visits_along();
"""
FORGET_SEATS = """
DROP TRIGGER group_takes_its_visits_along ON appointments_groupsession;
DROP TRIGGER group_visit_is_at_its_session ON appointments_appointment;
DROP TRIGGER count_seats_of_group ON appointments_appointment;
DROP FUNCTION group_takes_its_visits_along(), group_visit_is_at_its_session(),
    count_seats_of_group();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0005_hours_groups_series_waitlist"),
        ("patients", "0004_episode_is_where_its_patient_is"),
    ]

    operations = [
        migrations.RunSQL(SAME_AS_PATIENT, APART_FROM_PATIENT),
        migrations.RunSQL(
            NOWHERE_TWICE,
            "ALTER TABLE appointments_workinghours DROP CONSTRAINT working_hours_nowhere_twice",
        ),
        migrations.RunSQL(ONE_ROOM_ONCE, migrations.RunSQL.noop),
        migrations.RunSQL(HOLD_TIME, LET_GO),
        migrations.RunSQL(COUNT_SEATS, FORGET_SEATS),
    ]
