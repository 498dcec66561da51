from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0013_papers_that_end"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="followup",
            name="follow_up_known_reason",
        ),
        migrations.AlterField(
            model_name="followup",
            name="reason",
            field=models.CharField(
                choices=[
                    ("no_show", "Did not come: call and find a new time"),
                    ("reschedule", "Wants another time: call and book"),
                    ("unreachable", "Cannot be reached by message: call before the visit"),
                    ("missed_dose", "Missed a dose: call"),
                    ("not_counted", "Called back with what was taken home and did not come: call"),
                    ("missed_test", "A planned test was not taken: call, or call it off"),
                    ("plan_review", "The plan is due for review"),
                    (
                        "order_ending",
                        "An order of medication ends: sign the next version, or let it end",
                    ),
                    ("consent_ending", "A consent ends soon: renew it, or let it end"),
                ],
                max_length=20,
                verbose_name="what to do",
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
                            "unreachable",
                            "missed_dose",
                            "not_counted",
                            "missed_test",
                            "plan_review",
                            "order_ending",
                            "consent_ending",
                        ],
                    )
                ),
                name="follow_up_known_reason",
            ),
        ),
    ]
