import datetime

import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models

import vault.encrypted_fields

# Where its patient is; of somebody who has doses at home; answered once and never edited.
KEEP = """
ALTER TABLE dispensary_callback ADD CONSTRAINT call_back_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION call_back_is_of_doses_at_home() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM dispensary_doserecord dose
        JOIN access_site site ON site.id = dose.site_id
        WHERE dose.patient_id = NEW.patient_id AND dose.outcome = 'take_home'
          AND dose.dose_date >= (NEW.asked_at AT TIME ZONE site.time_zone)::date
          AND NOT EXISTS (
              SELECT FROM dispensary_doserecord voiding WHERE voiding.voids_id = dose.id
          )
    ) THEN
        RAISE EXCEPTION 'nothing that was taken home is there to be counted'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'call_back_is_of_doses_at_home';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER call_back_is_of_doses_at_home BEFORE INSERT ON dispensary_callback
    FOR EACH ROW EXECUTE FUNCTION call_back_is_of_doses_at_home();

CREATE FUNCTION call_back_is_answered_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    answer text[] := ARRAY['outcome', 'missing', 'counted_at', 'counted_by_id', 'note'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.outcome = '' AND NEW.outcome <> ''
        AND to_jsonb(NEW) - answer = to_jsonb(OLD) - answer THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a call-back is never edited: it is answered, once'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER call_back_is_answered_once BEFORE UPDATE OR DELETE ON dispensary_callback
    FOR EACH ROW EXECUTE FUNCTION call_back_is_answered_once();
"""
LET_GO = """
DROP TRIGGER call_back_is_answered_once ON dispensary_callback;
DROP TRIGGER call_back_is_of_doses_at_home ON dispensary_callback;
DROP FUNCTION call_back_is_answered_once(), call_back_is_of_doses_at_home();
ALTER TABLE dispensary_callback DROP CONSTRAINT call_back_is_where_its_patient_is;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0015_enabled_and_chased"),
        ("dispensary", "0010_find_take_homes"),
        ("patients", "0011_restrictions_wait_and_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CallBack",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("asked_at", models.DateTimeField(verbose_name="called back at")),
                ("due_at", models.DateTimeField(verbose_name="expected by")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("all_there", "All there and sealed"),
                            ("missing", "Doses missing or opened"),
                            ("did_not_come", "Did not come"),
                            ("called_off", "Called off"),
                        ],
                        max_length=12,
                        verbose_name="what came of it",
                    ),
                ),
                (
                    "missing",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="doses missing or opened"
                    ),
                ),
                (
                    "counted_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="written at"),
                ),
                (
                    "note",
                    vault.encrypted_fields.EncryptedCharField(
                        blank=True, max_length=300, verbose_name="note"
                    ),
                ),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="called back by",
                    ),
                ),
                (
                    "counted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="written by",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="call_backs",
                        to="patients.patient",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.site",
                    ),
                ),
            ],
            options={
                "verbose_name": "call-back",
                "indexes": [
                    models.Index(
                        fields=["patient", "-asked_at", "-id"], name="call_back_of_patient"
                    ),
                    models.Index(fields=["site", "-asked_at", "-id"], name="call_back_at_site"),
                    models.Index(fields=["-asked_at", "-id"], name="call_back_newest"),
                    models.Index(
                        condition=models.Q(("outcome__in", ("", "did_not_come"))),
                        fields=["due_at"],
                        name="call_back_due",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "")),
                        fields=("patient",),
                        name="call_back_one_at_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("due_at__gt", models.F("asked_at")),
                            (
                                "due_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("asked_at"),
                                    "+",
                                    models.Value(datetime.timedelta(days=7)),
                                ),
                            ),
                        ),
                        name="call_back_is_soon",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("counted_at__isnull", True),
                                ("counted_by__isnull", True),
                                ("outcome", ""),
                            ),
                            models.Q(
                                ("counted_at__gte", models.F("asked_at")),
                                ("counted_at__isnull", False),
                                ("counted_by__isnull", False),
                                (
                                    "outcome__in",
                                    ["all_there", "missing", "did_not_come", "called_off"],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="call_back_counted_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("missing__gte", 1),
                                ("missing__isnull", False),
                                ("outcome", "missing"),
                            ),
                            models.Q(
                                models.Q(("outcome", "missing"), _negated=True),
                                ("missing__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="call_back_says_how_many_are_missing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", "did_not_come"), _negated=True),
                            ("counted_at__gte", models.F("due_at")),
                            _connector="OR",
                        ),
                        name="call_back_is_waited_for",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
