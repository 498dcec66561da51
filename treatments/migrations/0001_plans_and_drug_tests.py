import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A signed plan is frozen: only its status may move on, and only forwards. What hangs
# under it can be written while it is a draft and never after.
FREEZE_SIGNED_PLANS = """
CREATE FUNCTION plan_is_frozen_once_signed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'draft' THEN
        RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.status = 'active' AND NEW.status IN ('superseded', 'closed')
        AND (NEW.episode_id, NEW.patient_id, NEW.site_id, NEW.number, NEW.summary,
             NEW.start_date, NEW.review_date, NEW.written_by_id, NEW.signed_by_id,
             NEW.signed_at, NEW.recorded_at)
        IS NOT DISTINCT FROM
            (OLD.episode_id, OLD.patient_id, OLD.site_id, OLD.number, OLD.summary,
             OLD.start_date, OLD.review_date, OLD.written_by_id, OLD.signed_by_id,
             OLD.signed_at, OLD.recorded_at) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a signed plan is never edited' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER plan_is_frozen_once_signed BEFORE UPDATE OR DELETE ON treatments_treatmentplan
    FOR EACH ROW EXECUTE FUNCTION plan_is_frozen_once_signed();

CREATE FUNCTION refuse_unless_draft(plan bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    SELECT status INTO found FROM treatments_treatmentplan WHERE id = plan FOR SHARE;
    IF found IS DISTINCT FROM 'draft' THEN
        RAISE EXCEPTION 'a signed plan is never edited' USING ERRCODE = 'restrict_violation';
    END IF;
END $$;

CREATE FUNCTION problem_needs_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM refuse_unless_draft(OLD.plan_id); END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    PERFORM refuse_unless_draft(NEW.plan_id);
    RETURN NEW;
END $$;
CREATE TRIGGER problem_needs_draft BEFORE INSERT OR UPDATE OR DELETE ON treatments_problem
    FOR EACH ROW EXECUTE FUNCTION problem_needs_draft();

CREATE FUNCTION goal_needs_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM refuse_unless_draft(plan_id) FROM treatments_problem WHERE id = OLD.problem_id;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    PERFORM refuse_unless_draft(plan_id) FROM treatments_problem WHERE id = NEW.problem_id;
    RETURN NEW;
END $$;
CREATE TRIGGER goal_needs_draft BEFORE INSERT OR UPDATE OR DELETE ON treatments_goal
    FOR EACH ROW EXECUTE FUNCTION goal_needs_draft();

CREATE FUNCTION intervention_needs_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN
        PERFORM refuse_unless_draft(p.plan_id) FROM treatments_problem p
            JOIN treatments_goal g ON g.problem_id = p.id WHERE g.id = OLD.goal_id;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    PERFORM refuse_unless_draft(p.plan_id) FROM treatments_problem p
        JOIN treatments_goal g ON g.problem_id = p.id WHERE g.id = NEW.goal_id;
    RETURN NEW;
END $$;
CREATE TRIGGER intervention_needs_draft
    BEFORE INSERT OR UPDATE OR DELETE ON treatments_intervention
    FOR EACH ROW EXECUTE FUNCTION intervention_needs_draft();
"""
THAW_SIGNED_PLANS = """
DROP TRIGGER intervention_needs_draft ON treatments_intervention;
DROP TRIGGER goal_needs_draft ON treatments_goal;
DROP TRIGGER problem_needs_draft ON treatments_problem;
DROP TRIGGER plan_is_frozen_once_signed ON treatments_treatmentplan;
DROP FUNCTION intervention_needs_draft(), goal_needs_draft(), problem_needs_draft(),
    plan_is_frozen_once_signed(), refuse_unless_draft(bigint);
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
            name="Goal",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("description", models.CharField(max_length=500, verbose_name="goal")),
                ("target_date", models.DateField(blank=True, null=True, verbose_name="by")),
            ],
            options={
                "verbose_name": "goal",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="Problem",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "area",
                    models.CharField(
                        choices=[
                            ("opioid_use", "Opioid use"),
                            ("other_substance_use", "Other substance use"),
                            ("mental_health", "Mental health"),
                            ("physical_health", "Physical health"),
                            ("housing", "Housing"),
                            ("work_and_education", "Work and education"),
                            ("family_and_relationships", "Family and relationships"),
                            ("legal", "Legal"),
                        ],
                        max_length=30,
                        verbose_name="area",
                    ),
                ),
                ("description", models.CharField(max_length=500, verbose_name="problem")),
            ],
            options={
                "verbose_name": "problem",
                "ordering": ["id"],
            },
        ),
        migrations.CreateModel(
            name="DrugTest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("collected_date", models.DateField(verbose_name="collected on")),
                (
                    "specimen",
                    models.CharField(
                        choices=[("urine", "Urine"), ("oral_fluid", "Oral fluid")],
                        default="urine",
                        max_length=12,
                        verbose_name="specimen",
                    ),
                ),
                ("is_random", models.BooleanField(blank=True, null=True, verbose_name="random")),
                (
                    "is_valid",
                    models.BooleanField(
                        blank=True,
                        help_text="Temperature in range; empty: not recorded.",
                        null=True,
                        verbose_name="valid specimen",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="drug_tests",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "drug test",
            },
        ),
        migrations.CreateModel(
            name="DrugTestResult",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("substance", models.CharField(max_length=40, verbose_name="substance")),
                ("is_positive", models.BooleanField(verbose_name="positive")),
                (
                    "test",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="results",
                        to="treatments.drugtest",
                    ),
                ),
            ],
            options={
                "verbose_name": "drug test result",
            },
        ),
        migrations.CreateModel(
            name="Intervention",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "arm",
                    models.CharField(
                        choices=[("behavioural", "Behavioural"), ("medication", "Medication")],
                        max_length=12,
                        verbose_name="arm",
                    ),
                ),
                (
                    "modality",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("cbt", "Cognitive behavioural therapy"),
                            ("motivational_interviewing", "Motivational interviewing"),
                            ("contingency_management", "Contingency management"),
                            ("individual_counselling", "Individual counselling"),
                            ("group_counselling", "Group counselling"),
                            ("family_therapy", "Family therapy"),
                            ("peer_support", "Peer support"),
                            ("medical_management", "Medical management"),
                            (
                                "enhanced_medical_management",
                                "Medical management with drug counselling",
                            ),
                            ("case_management", "Case management"),
                        ],
                        max_length=40,
                        verbose_name="what",
                    ),
                ),
                (
                    "frequency",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("daily", "Daily"),
                            ("twice_weekly", "Twice a week"),
                            ("weekly", "Weekly"),
                            ("fortnightly", "Every two weeks"),
                            ("monthly", "Monthly"),
                            ("as_needed", "As needed"),
                        ],
                        max_length=20,
                        verbose_name="how often",
                    ),
                ),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="minutes"),
                ),
                (
                    "product",
                    models.CharField(
                        blank=True,
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
                        verbose_name="medication",
                    ),
                ),
                (
                    "dose_mg",
                    models.DecimalField(
                        blank=True,
                        decimal_places=2,
                        max_digits=7,
                        null=True,
                        verbose_name="dose (mg)",
                    ),
                ),
                ("form", models.CharField(blank=True, max_length=60, verbose_name="form")),
                (
                    "interval_days",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="every … days"
                    ),
                ),
                (
                    "dose_reason",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="reason for an unusual dose"
                    ),
                ),
                (
                    "instructions",
                    models.CharField(blank=True, max_length=500, verbose_name="instructions"),
                ),
                (
                    "goal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="interventions",
                        to="treatments.goal",
                    ),
                ),
            ],
            options={
                "verbose_name": "intervention",
                "ordering": ["id"],
            },
        ),
        migrations.AddField(
            model_name="goal",
            name="problem",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="goals",
                to="treatments.problem",
            ),
        ),
        migrations.CreateModel(
            name="TreatmentPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("number", models.PositiveSmallIntegerField(verbose_name="version")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("draft", "Draft"),
                            ("active", "Active"),
                            ("superseded", "Superseded"),
                            ("closed", "Closed"),
                        ],
                        default="draft",
                        max_length=12,
                        verbose_name="status",
                    ),
                ),
                (
                    "summary",
                    models.TextField(blank=True, verbose_name="in the patient's own words"),
                ),
                (
                    "start_date",
                    models.DateField(blank=True, null=True, verbose_name="in force from"),
                ),
                (
                    "end_date",
                    models.DateField(blank=True, null=True, verbose_name="in force until"),
                ),
                ("review_date", models.DateField(blank=True, null=True, verbose_name="review by")),
                (
                    "signed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="signed at"),
                ),
                (
                    "episode",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="patients.episode",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="patients.patient",
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans_signed",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans",
                        to="access.site",
                    ),
                ),
                (
                    "written_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plans_written",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "treatment plan",
            },
        ),
        migrations.AddField(
            model_name="problem",
            name="plan",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="problems",
                to="treatments.treatmentplan",
            ),
        ),
        migrations.AddIndex(
            model_name="drugtest",
            index=models.Index(fields=["patient", "-collected_date"], name="drug_test_of_patient"),
        ),
        migrations.AddConstraint(
            model_name="drugtestresult",
            constraint=models.UniqueConstraint(
                fields=("test", "substance"), name="drug_test_result_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="intervention",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("arm", "behavioural"),
                        ("dose_mg__isnull", True),
                        (
                            "frequency__in",
                            [
                                "daily",
                                "twice_weekly",
                                "weekly",
                                "fortnightly",
                                "monthly",
                                "as_needed",
                            ],
                        ),
                        ("interval_days__isnull", True),
                        (
                            "modality__in",
                            [
                                "cbt",
                                "motivational_interviewing",
                                "contingency_management",
                                "individual_counselling",
                                "group_counselling",
                                "family_therapy",
                                "peer_support",
                                "medical_management",
                                "enhanced_medical_management",
                                "case_management",
                            ],
                        ),
                        ("product", ""),
                    ),
                    models.Q(
                        ("arm", "medication"),
                        ("dose_mg__gt", 0),
                        ("dose_mg__isnull", False),
                        ("frequency", ""),
                        ("interval_days__gte", 1),
                        ("interval_days__isnull", False),
                        ("modality", ""),
                        (
                            "product__in",
                            [
                                "methadone_oral",
                                "bup_sl_mono",
                                "bup_nx_film",
                                "bup_nx_tab",
                                "zubsolv",
                                "sublocade",
                                "brixadi_weekly",
                                "brixadi_monthly",
                                "xr_naltrexone",
                                "naltrexone_oral",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="intervention_is_of_one_arm",
            ),
        ),
        migrations.AddIndex(
            model_name="treatmentplan",
            index=models.Index(fields=["patient", "-number"], name="plan_of_patient"),
        ),
        migrations.AddIndex(
            model_name="treatmentplan",
            index=models.Index(fields=["site", "-recorded_at", "-id"], name="plan_newest_at_site"),
        ),
        migrations.AddConstraint(
            model_name="treatmentplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "active")),
                fields=("episode",),
                name="plan_one_active_per_episode",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatmentplan",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "draft")),
                fields=("episode",),
                name="plan_one_draft_per_episode",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatmentplan",
            constraint=models.UniqueConstraint(
                fields=("episode", "number"), name="plan_version_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="treatmentplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("end_date__isnull", True),
                        ("signed_at__isnull", True),
                        ("signed_by__isnull", True),
                        ("start_date__isnull", True),
                        ("status", "draft"),
                    ),
                    models.Q(
                        ("end_date__isnull", True),
                        ("signed_at__isnull", False),
                        ("signed_by__isnull", False),
                        ("start_date__isnull", False),
                        ("status", "active"),
                    ),
                    models.Q(
                        ("end_date__isnull", False),
                        ("signed_at__isnull", False),
                        ("signed_by__isnull", False),
                        ("start_date__isnull", False),
                        ("status__in", ["superseded", "closed"]),
                    ),
                    _connector="OR",
                ),
                name="plan_signed_unless_draft",
            ),
        ),
        migrations.AddConstraint(
            model_name="treatmentplan",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("end_date__isnull", True),
                    ("end_date__gte", models.F("start_date")),
                    _connector="OR",
                ),
                name="plan_ends_after_it_begins",
            ),
        ),
        migrations.RunSQL(FREEZE_SIGNED_PLANS, THAW_SIGNED_PLANS),
    ]
