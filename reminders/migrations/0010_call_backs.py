from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0015_enabled_and_chased"),
        ("appointments", "0006_time_held_by_trigger"),
        ("patients", "0011_restrictions_wait_and_end"),
        ("reminders", "0009_take_home_ends"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="followup",
            name="follow_up_known_reason",
        ),
        migrations.RemoveConstraint(
            model_name="reminderrule",
            name="reminder_rule_known_words",
        ),
        migrations.AlterField(
            model_name="followup",
            name="reason",
            field=models.CharField(
                choices=[
                    ("no_show", "Did not come: call and find a new time"),
                    ("reschedule", "Wants another time: call and book"),
                    ("missed_dose", "Missed a dose: call"),
                    ("not_counted", "Called back with what was taken home and did not come: call"),
                    ("plan_review", "The plan is due for review"),
                    ("consent_ending", "A consent ends soon: renew it, or let it end"),
                ],
                max_length=20,
                verbose_name="what to do",
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="step",
            field=models.CharField(
                choices=[
                    ("at_once", "at once"),
                    ("seven_days", "7 days before"),
                    ("three_days", "3 days before"),
                    ("one_day", "1 day before"),
                    ("two_hours", "2 hours before"),
                    ("afterwards", "within a day after"),
                ],
                max_length=20,
                verbose_name="step",
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="subject_kind",
            field=models.CharField(
                choices=[
                    ("appointment", "Visit"),
                    ("missed_visit", "Visit that was missed"),
                    ("missed_dose", "Dose that was missed"),
                    ("injection", "Injection due"),
                    ("take_home_end", "Day after the last dose taken home"),
                    ("call_back", "Called back with what was taken home"),
                ],
                max_length=20,
                verbose_name="about",
            ),
        ),
        migrations.AlterField(
            model_name="reminderrule",
            name="step",
            field=models.CharField(
                choices=[
                    ("at_once", "at once"),
                    ("seven_days", "7 days before"),
                    ("three_days", "3 days before"),
                    ("one_day", "1 day before"),
                    ("two_hours", "2 hours before"),
                    ("afterwards", "within a day after"),
                ],
                max_length=20,
                verbose_name="when",
            ),
        ),
        migrations.AlterField(
            model_name="reminderrule",
            name="subject_kind",
            field=models.CharField(
                choices=[
                    ("appointment", "Visit"),
                    ("missed_visit", "Visit that was missed"),
                    ("missed_dose", "Dose that was missed"),
                    ("injection", "Injection due"),
                    ("take_home_end", "Day after the last dose taken home"),
                    ("call_back", "Called back with what was taken home"),
                ],
                max_length=20,
                verbose_name="about",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "reason__in",
                        [
                            "no_show",
                            "reschedule",
                            "missed_dose",
                            "not_counted",
                            "plan_review",
                            "consent_ending",
                        ],
                    )
                ),
                name="follow_up_known_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="reminderrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "step__in",
                        [
                            "at_once",
                            "seven_days",
                            "three_days",
                            "one_day",
                            "two_hours",
                            "afterwards",
                        ],
                    ),
                    (
                        "subject_kind__in",
                        [
                            "appointment",
                            "missed_visit",
                            "missed_dose",
                            "injection",
                            "take_home_end",
                            "call_back",
                        ],
                    ),
                ),
                name="reminder_rule_known_words",
            ),
        ),
    ]
