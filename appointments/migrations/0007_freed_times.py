"""What a moved visit leaves is offered to who waits, as what a cancelled one leaves (decision 19)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What is cancelled and still to come, and what was offered already, whoever was asked for it.
FILL = """
INSERT INTO appointments_freedtime
    (appointment_id, practitioner_id, room_id, starts_at, ends_at, buffer_minutes)
SELECT visit.id, visit.practitioner_id, visit.room_id, visit.starts_at, visit.ends_at,
    visit.buffer_minutes
FROM appointments_appointment visit
WHERE visit.group_session_id IS NULL AND visit.practitioner_id IS NOT NULL
  AND (visit.status = 'cancelled' AND visit.starts_at > statement_timestamp()
       OR visit.id IN (SELECT freed_id FROM appointments_waitlistoffer));
UPDATE appointments_waitlistoffer offer SET freed_time_id = freed.id
FROM appointments_freedtime freed WHERE freed.appointment_id = offer.freed_id;
SET CONSTRAINTS ALL IMMEDIATE;
"""
BACK = """
UPDATE appointments_waitlistoffer offer SET freed_id = freed.appointment_id
FROM appointments_freedtime freed WHERE freed.id = offer.freed_time_id
  AND NOT EXISTS (
    SELECT FROM appointments_waitlistoffer earlier
    JOIN appointments_freedtime same ON same.id = earlier.freed_time_id
    WHERE earlier.entry_id = offer.entry_id AND earlier.id < offer.id
      AND same.appointment_id = freed.appointment_id
  );
UPDATE appointments_waitlistoffer SET freed_time_id = NULL;
SET CONSTRAINTS ALL IMMEDIATE;
DELETE FROM appointments_freedtime;
"""

FREE_TIME = """
CREATE FUNCTION free_time_of_visit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO appointments_freedtime
        (appointment_id, practitioner_id, room_id, starts_at, ends_at, buffer_minutes)
    VALUES (OLD.id, OLD.practitioner_id, OLD.room_id, OLD.starts_at, OLD.ends_at,
        OLD.buffer_minutes)
    ON CONFLICT (appointment_id, practitioner_id, starts_at) DO UPDATE SET
        room_id = EXCLUDED.room_id, ends_at = EXCLUDED.ends_at,
        buffer_minutes = EXCLUDED.buffer_minutes;
    RETURN NULL;
END $$;
CREATE TRIGGER free_time_of_visit AFTER UPDATE OF status, practitioner_id, starts_at
    ON appointments_appointment FOR EACH ROW
    WHEN (OLD.group_session_id IS NULL AND OLD.practitioner_id IS NOT NULL
          AND OLD.status IN ('booked', 'confirmed')
          AND (NEW.status = 'cancelled'
               OR NEW.status IN ('booked', 'confirmed')
               AND (NEW.starts_at <> OLD.starts_at
                    OR NEW.practitioner_id IS DISTINCT FROM OLD.practitioner_id)))
    EXECUTE FUNCTION free_time_of_visit();

CREATE FUNCTION time_is_freed_by_triggers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF pg_trigger_depth() < 2 THEN
        RAISE EXCEPTION 'freed time follows visits: change those'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER time_is_freed_by_triggers AFTER INSERT OR UPDATE OR DELETE ON appointments_freedtime
    FOR EACH ROW EXECUTE FUNCTION time_is_freed_by_triggers();
"""
FORGET = """
DROP TRIGGER time_is_freed_by_triggers ON appointments_freedtime;
DROP TRIGGER free_time_of_visit ON appointments_appointment;
DROP FUNCTION free_time_of_visit(), time_is_freed_by_triggers();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0006_time_held_by_trigger"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="FreedSlot",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="starts")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                (
                    "buffer_minutes",
                    models.PositiveSmallIntegerField(
                        default=0, verbose_name="minutes kept free after it"
                    ),
                ),
                (
                    "appointment",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="freed_times",
                        to="appointments.appointment",
                    ),
                ),
                (
                    "practitioner",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "room",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="appointments.room",
                    ),
                ),
            ],
            options={
                "db_table": "appointments_freedtime",
                "verbose_name": "freed time",
                "indexes": [
                    models.Index(fields=["starts_at", "id"], name="freed_time_in_order"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))),
                        name="freed_time_ends_after_it_starts",
                    ),
                    models.UniqueConstraint(
                        fields=("appointment", "practitioner", "starts_at"),
                        name="freed_time_once",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="waitlistoffer",
            name="freed_time",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offers",
                to="appointments.freedslot",
            ),
        ),
        migrations.RunSQL(FILL, BACK),
        migrations.RemoveConstraint(model_name="waitlistoffer", name="offer_of_one_time_once"),
        migrations.RemoveField(model_name="waitlistoffer", name="freed"),
        migrations.RenameField(model_name="waitlistoffer", old_name="freed_time", new_name="freed"),
        migrations.AlterField(
            model_name="waitlistoffer",
            name="freed",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offers",
                to="appointments.freedslot",
                verbose_name="time that became free",
            ),
        ),
        migrations.AddConstraint(
            model_name="waitlistoffer",
            constraint=models.UniqueConstraint(
                fields=("entry", "freed"), name="offer_of_one_time_once"
            ),
        ),
        migrations.RunSQL(FREE_TIME, FORGET),
    ]
