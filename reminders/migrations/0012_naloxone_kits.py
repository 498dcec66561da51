from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0006_time_held_by_trigger"),
        ("reminders", "0011_tests_to_come"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="reminderrule",
            name="reminder_rule_known_words",
        ),
        migrations.AlterField(
            model_name="reminder",
            name="step",
            field=models.CharField(
                choices=[
                    ("at_once", "at once"),
                    ("thirty_days", "30 days before"),
                    ("seven_days", "7 days before"),
                    ("three_days", "3 days before"),
                    ("one_day", "1 day before"),
                    ("the_day", "on the day itself"),
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
                    ("planned_test", "Drug test planned"),
                    ("random_test", "Random drug test"),
                    ("naloxone", "Naloxone kit expires"),
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
                    ("thirty_days", "30 days before"),
                    ("seven_days", "7 days before"),
                    ("three_days", "3 days before"),
                    ("one_day", "1 day before"),
                    ("the_day", "on the day itself"),
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
                    ("planned_test", "Drug test planned"),
                    ("random_test", "Random drug test"),
                    ("naloxone", "Naloxone kit expires"),
                ],
                max_length=20,
                verbose_name="about",
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
                            "thirty_days",
                            "seven_days",
                            "three_days",
                            "one_day",
                            "the_day",
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
                            "planned_test",
                            "random_test",
                            "naloxone",
                        ],
                    ),
                ),
                name="reminder_rule_known_words",
            ),
        ),
    ]
