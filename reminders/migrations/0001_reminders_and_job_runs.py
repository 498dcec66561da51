import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_staff_roles_and_audit"),
        ("patients", "0001_people_and_episodes"),
    ]

    operations = [
        migrations.CreateModel(
            name="JobRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="job")),
                ("started_at", models.DateTimeField(null=True, verbose_name="last started")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="last finished")),
                ("counts", models.JSONField(default=dict, verbose_name="what it did")),
                (
                    "failure",
                    models.CharField(blank=True, max_length=300, verbose_name="last failure"),
                ),
            ],
            options={
                "verbose_name": "job run",
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                (
                    "subject_kind",
                    models.CharField(
                        choices=[("appointment", "Appointment")],
                        max_length=20,
                        verbose_name="about",
                    ),
                ),
                ("subject_id", models.BigIntegerField(verbose_name="subject id")),
                (
                    "subject_version",
                    models.PositiveIntegerField(verbose_name="version of the subject"),
                ),
                (
                    "step",
                    models.CharField(
                        choices=[("three_days", "3 days before"), ("one_day", "1 day before")],
                        max_length=20,
                        verbose_name="step",
                    ),
                ),
                (
                    "channel",
                    models.CharField(
                        choices=[("sms", "Text message"), ("email", "E-mail")],
                        max_length=10,
                        verbose_name="channel",
                    ),
                ),
                ("due_at", models.DateTimeField(verbose_name="due")),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("due", "Waiting"),
                            ("claimed", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Failed"),
                            ("skipped", "Not sent"),
                            ("uncertain", "Uncertain"),
                        ],
                        default="due",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                (
                    "claimed_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="claimed at"),
                ),
                (
                    "handed_over_at",
                    models.DateTimeField(
                        blank=True, null=True, verbose_name="handed to the gateway at"
                    ),
                ),
                (
                    "finished_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="finished at"),
                ),
                (
                    "skip_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("cancelled", "The appointment was cancelled or has already begun"),
                            (
                                "moved",
                                "The appointment was moved; the new time has its own reminders",
                            ),
                            (
                                "no_contact",
                                "The number or address is no longer in use, or messages are not allowed",
                            ),
                            ("too_late", "It would have come too late to help"),
                            ("discharged", "The patient has left care"),
                        ],
                        max_length=20,
                        verbose_name="why not sent",
                    ),
                ),
                (
                    "failure",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="what the gateway said"
                    ),
                ),
                (
                    "gateway_reference",
                    models.CharField(
                        blank=True, max_length=100, verbose_name="gateway's reference"
                    ),
                ),
                ("body", models.TextField(blank=True, verbose_name="text")),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="attempts")),
                (
                    "contact_point",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="patients.contactpoint",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="patients.patient",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reminders",
                        to="access.site",
                    ),
                ),
            ],
            options={
                "verbose_name": "reminder",
                "indexes": [
                    models.Index(
                        condition=models.Q(("status", "due")),
                        fields=["due_at"],
                        name="reminder_due",
                    ),
                    models.Index(
                        condition=models.Q(("status", "claimed")),
                        fields=["claimed_at"],
                        name="reminder_claimed",
                    ),
                    models.Index(fields=["site", "-due_at", "-id"], name="reminder_newest_at_site"),
                    models.Index(
                        fields=["site", "status", "-due_at", "-id"],
                        name="reminder_at_site_by_status",
                    ),
                    models.Index(fields=["patient", "-due_at", "-id"], name="reminder_of_patient"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("subject_kind", "subject_id", "step", "channel", "subject_version"),
                        name="reminder_once_per_step_and_channel",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "status__in",
                                ["due", "claimed", "sent", "failed", "skipped", "uncertain"],
                            )
                        ),
                        name="reminder_known_status",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                (
                                    "skip_reason__in",
                                    ["cancelled", "moved", "no_contact", "too_late", "discharged"],
                                ),
                                ("status", "skipped"),
                            ),
                            models.Q(
                                models.Q(("status", "skipped"), _negated=True), ("skip_reason", "")
                            ),
                            _connector="OR",
                        ),
                        name="reminder_skipped_for_a_reason",
                    ),
                ],
            },
        ),
    ]
