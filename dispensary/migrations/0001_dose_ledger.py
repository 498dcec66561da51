import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# The ledger is append-only, and a replacement may stand only after a voided row.
KEEP_LEDGER = """
CREATE FUNCTION dose_ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the dose ledger is append-only: void the row and add another'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER dose_ledger_is_append_only BEFORE UPDATE OR DELETE ON dispensary_doserecord
    FOR EACH ROW EXECUTE FUNCTION dose_ledger_is_append_only();

CREATE FUNCTION dose_replaces_a_voided_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM dispensary_doserecord earlier
        JOIN dispensary_doserecord voiding ON voiding.voids_id = earlier.id
        WHERE earlier.episode_id = NEW.episode_id AND earlier.dose_date = NEW.dose_date
          AND earlier.portion = NEW.portion AND earlier.correction = NEW.correction - 1
          AND earlier.outcome <> 'void'
    ) THEN
        RAISE EXCEPTION 'the row before this one is not voided'
            USING ERRCODE = 'unique_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER dose_replaces_a_voided_row BEFORE INSERT ON dispensary_doserecord
    FOR EACH ROW WHEN (NEW.outcome <> 'void' AND NEW.correction > 0)
    EXECUTE FUNCTION dose_replaces_a_voided_row();
"""
OPEN_LEDGER = """
DROP TRIGGER dose_replaces_a_voided_row ON dispensary_doserecord;
DROP TRIGGER dose_ledger_is_append_only ON dispensary_doserecord;
DROP FUNCTION dose_replaces_a_voided_row(), dose_ledger_is_append_only();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_staff_roles_and_audit"),
        ("patients", "0001_people_and_episodes"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DoseRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("dose_date", models.DateField(verbose_name="for the day")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("given", "Given under observation"),
                            ("take_home", "Taken home"),
                            ("missed", "Missed"),
                            ("void", "Voids an earlier row"),
                        ],
                        max_length=10,
                        verbose_name="outcome",
                    ),
                ),
                (
                    "product",
                    models.CharField(
                        choices=[
                            ("methadone_oral", "Methadone, oral"),
                            ("bup_sl_mono", "Buprenorphine, sublingual tablet"),
                            ("bup_nx_film", "Buprenorphine/naloxone, film"),
                            ("bup_nx_tab", "Buprenorphine/naloxone, tablet"),
                            ("zubsolv", "Buprenorphine/naloxone, Zubsolv tablet"),
                            ("sublocade", "Buprenorphine, monthly injection (Sublocade)"),
                            ("brixadi_weekly", "Buprenorphine, weekly injection (Brixadi)"),
                            ("brixadi_monthly", "Buprenorphine, monthly injection (Brixadi)"),
                            ("xr_naltrexone", "Naltrexone, monthly injection"),
                            ("naltrexone_oral", "Naltrexone, oral"),
                        ],
                        max_length=30,
                        verbose_name="product",
                    ),
                ),
                (
                    "amount_mg",
                    models.DecimalField(
                        decimal_places=2, max_digits=7, null=True, verbose_name="amount (mg)"
                    ),
                ),
                (
                    "portion",
                    models.PositiveSmallIntegerField(
                        default=1,
                        help_text="1 unless the day's dose is split (42 CFR 8.2, split dosing).",
                        verbose_name="portion",
                    ),
                ),
                (
                    "correction",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="How many voided rows this one stands after.",
                        verbose_name="correction",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doses",
                        to="patients.episode",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doses",
                        to="patients.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doses_recorded",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="doses",
                        to="access.site",
                    ),
                ),
                (
                    "voids",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="voided_by",
                        to="dispensary.doserecord",
                    ),
                ),
            ],
            options={
                "verbose_name": "dose record",
                "indexes": [
                    models.Index(fields=["episode", "-dose_date", "-id"], name="dose_of_episode"),
                    models.Index(fields=["patient", "-dose_date", "-id"], name="dose_of_patient"),
                    models.Index(fields=["site", "-dose_date", "-id"], name="dose_at_site"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("amount_mg__gt", 0),
                                ("amount_mg__isnull", False),
                                ("outcome__in", ["given", "take_home"]),
                                ("voids__isnull", True),
                            ),
                            models.Q(
                                ("amount_mg__isnull", True),
                                ("outcome", "missed"),
                                ("voids__isnull", True),
                            ),
                            models.Q(
                                ("amount_mg__isnull", True),
                                ("outcome", "void"),
                                ("voids__isnull", False),
                                models.Q(("reason", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="dose_outcome_has_its_amount",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("outcome", "void"), _negated=True),
                        fields=("episode", "dose_date", "portion", "correction"),
                        name="dose_once_per_day_and_portion",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEP_LEDGER, OPEN_LEDGER),
    ]
