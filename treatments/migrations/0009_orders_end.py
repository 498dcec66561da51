from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0015_enabled_and_chased"),
        ("patients", "0012_find_consents_that_end"),
        ("treatments", "0008_tests_to_come"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="intervention",
            name="intervention_is_of_one_arm",
        ),
        migrations.AddField(
            model_name="intervention",
            name="last_date",
            field=models.DateField(
                blank=True,
                help_text="Empty: as long as the plan is in force.",
                null=True,
                verbose_name="last day of the order",
            ),
        ),
        migrations.AddIndex(
            model_name="intervention",
            index=models.Index(
                condition=models.Q(("last_date__isnull", False)),
                fields=["last_date"],
                name="intervention_order_ends",
            ),
        ),
        migrations.AddIndex(
            model_name="treatmentplan",
            index=models.Index(
                condition=models.Q(("status", "active")),
                fields=["review_date"],
                name="plan_to_review",
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
                        ("last_date__isnull", True),
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
    ]
