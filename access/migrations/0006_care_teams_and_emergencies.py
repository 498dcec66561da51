import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# What was opened, when and why is never changed, a time that was granted is never lengthened, and a
# review is written once.
KEPT = """
CREATE FUNCTION emergency_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE'
        OR (NEW.user_id, NEW.patient_id, NEW.site_id, NEW.reason, NEW.words, NEW.opened_at)
            IS DISTINCT FROM
            (OLD.user_id, OLD.patient_id, OLD.site_id, OLD.reason, OLD.words, OLD.opened_at)
        OR NEW.ends_at > OLD.ends_at
        OR (OLD.reviewed_at IS NOT NULL AND
            (NEW.outcome, NEW.review_words, NEW.reviewed_at, NEW.reviewed_by_id)
            IS DISTINCT FROM
            (OLD.outcome, OLD.review_words, OLD.reviewed_at, OLD.reviewed_by_id))
    THEN
        RAISE EXCEPTION 'what was opened in an emergency is kept as it was'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER emergency_is_kept BEFORE UPDATE OR DELETE ON access_emergencyaccess
    FOR EACH ROW EXECUTE FUNCTION emergency_is_kept();
"""
NOT_KEPT = """
DROP TRIGGER emergency_is_kept ON access_emergencyaccess;
DROP FUNCTION emergency_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_trail_is_not_emptied"),
    ]

    operations = [
        migrations.CreateModel(
            name="CareTeamPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("patient_id", models.BigIntegerField(verbose_name="patient id")),
                ("since_date", models.DateField(verbose_name="since")),
                ("planned_end_date", models.DateField(verbose_name="planned end")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "chosen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="care_team_places",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "place on a care team",
                "verbose_name_plural": "places on care teams",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["user", "planned_end_date"],
                        name="care_team_caseload",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("patient_id", "user"),
                        name="care_team_place_held_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("planned_end_date__gte", models.F("since_date"))),
                        name="care_team_place_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("chosen_by", models.F("user")), _negated=True),
                        name="care_team_place_given_by_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EmergencyAccess",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("patient_id", models.BigIntegerField(verbose_name="patient id")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("overdose", "Overdose or another medical emergency"),
                            ("at_risk", "Somebody is in danger now"),
                            ("covering", "Covering for a colleague; care cannot wait"),
                            ("elsewhere", "The patient of another site asks for care here"),
                            ("other", "Another reason, in words"),
                        ],
                        max_length=20,
                        verbose_name="reason",
                    ),
                ),
                ("words", models.CharField(max_length=500, verbose_name="what happened")),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("ends_at", models.DateTimeField(verbose_name="open until")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("justified", "Justified"),
                            ("not_justified", "Not justified"),
                            ("follow_up", "Needs following up"),
                        ],
                        default="",
                        max_length=20,
                        verbose_name="review",
                    ),
                ),
                (
                    "review_words",
                    models.CharField(
                        blank=True, default="", max_length=500, verbose_name="what the review found"
                    ),
                ),
                (
                    "reviewed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="reviewed at"),
                ),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reviewed_emergencies",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="emergency_accesses",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "emergency access",
                "verbose_name_plural": "emergency accesses",
                "indexes": [
                    models.Index(fields=["user", "ends_at"], name="emergency_open"),
                    models.Index(
                        fields=["site", "-opened_at", "-id"], name="emergency_newest_at_site"
                    ),
                    models.Index(
                        condition=models.Q(("reviewed_at__isnull", True)),
                        fields=["site"],
                        name="emergency_to_review",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gte", models.F("opened_at"))),
                        name="emergency_ends_after_it_begins",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "reason__in",
                                ["overdose", "at_risk", "covering", "elsewhere", "other"],
                            ),
                            models.Q(("words", ""), _negated=True),
                        ),
                        name="emergency_has_a_reason_in_words",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("outcome", ""),
                                ("review_words", ""),
                                ("reviewed_at__isnull", True),
                                ("reviewed_by__isnull", True),
                            ),
                            models.Q(
                                ("outcome__in", ["justified", "not_justified", "follow_up"]),
                                ("reviewed_at__isnull", False),
                                ("reviewed_by__isnull", False),
                                models.Q(("review_words", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="emergency_review_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reviewed_by__isnull", True),
                            models.Q(("reviewed_by", models.F("user")), _negated=True),
                            _connector="OR",
                        ),
                        name="emergency_reviewed_by_another",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEPT, NOT_KEPT),
    ]
