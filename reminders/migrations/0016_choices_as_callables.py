"""Take choices out of the migrations, and use the field's words in labels. Changes no table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import reminders.enums
import vault.encrypted_fields


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0008_choices_as_callables"),
        ("reminders", "0015_late_injections"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="messagepreferences",
            options={
                "verbose_name": "message preferences",
                "verbose_name_plural": "message preferences",
            },
        ),
        migrations.AlterModelOptions(
            name="messagetext",
            options={
                "verbose_name": "message template",
                "verbose_name_plural": "message templates",
            },
        ),
        migrations.AlterField(
            model_name="followup",
            name="for_user",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="follow_ups",
                to=settings.AUTH_USER_MODEL,
                verbose_name="assigned to",
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=reminders.enums.FollowUpOutcome.as_choices,
                max_length=20,
                verbose_name="result",
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="reason",
            field=models.CharField(
                choices=reminders.enums.FollowUpReason.as_choices,
                max_length=20,
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="followup",
            name="subject_version",
            field=models.PositiveIntegerField(default=1, verbose_name="subject version"),
        ),
        migrations.AlterField(
            model_name="gatewayratelimit",
            name="channel",
            field=models.CharField(
                choices=reminders.enums.Channel.as_choices,
                max_length=10,
                primary_key=True,
                serialize=False,
                verbose_name="channel",
            ),
        ),
        migrations.AlterField(
            model_name="incomingtext",
            name="meaning",
            field=models.CharField(
                choices=reminders.enums.ReplyIntent.as_choices,
                max_length=12,
                verbose_name="meaning",
            ),
        ),
        migrations.AlterField(
            model_name="incomingtext",
            name="needs_person",
            field=models.BooleanField(default=False, verbose_name="needs a staff member"),
        ),
        migrations.AlterField(
            model_name="incomingtext",
            name="note",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=300, verbose_name="note"
            ),
        ),
        migrations.AlterField(
            model_name="jobrun",
            name="counts",
            field=models.JSONField(default=dict, verbose_name="counts"),
        ),
        migrations.AlterField(
            model_name="messagepreferences",
            name="alias",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True,
                help_text="If empty: messages use no name.",
                max_length=20,
                verbose_name="name in messages",
            ),
        ),
        migrations.AlterField(
            model_name="messagepreferences",
            name="time_zone",
            field=models.CharField(
                blank=True,
                help_text="If empty: the time zone of the site.",
                max_length=64,
                verbose_name="time zone",
            ),
        ),
        migrations.AlterField(
            model_name="messagetext",
            name="channel",
            field=models.CharField(
                choices=reminders.enums.Channel.as_choices, max_length=10, verbose_name="channel"
            ),
        ),
        migrations.AlterField(
            model_name="messagetext",
            name="kind",
            field=models.CharField(
                choices=reminders.enums.TemplateKind.as_choices, max_length=20, verbose_name="when"
            ),
        ),
        migrations.AlterField(
            model_name="messagetext",
            name="language",
            field=models.CharField(
                choices=reminders.enums.Language.as_choices, max_length=10, verbose_name="language"
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="asked_again",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="times sent again by staff"
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="channel",
            field=models.CharField(
                choices=reminders.enums.Channel.as_choices, max_length=10, verbose_name="channel"
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="delivery",
            field=models.CharField(
                blank=True,
                choices=reminders.enums.Delivery.as_choices,
                max_length=12,
                verbose_name="delivery",
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="failure",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=300, verbose_name="gateway message"
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="handed_over_at",
            field=models.DateTimeField(
                blank=True, null=True, verbose_name="sent to the gateway at"
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="skip_reason",
            field=models.CharField(
                blank=True,
                choices=reminders.enums.SkipReason.as_choices,
                max_length=20,
                verbose_name="skip reason",
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="status",
            field=models.CharField(
                choices=reminders.enums.ReminderStatus.as_choices,
                default="due",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="step",
            field=models.CharField(
                choices=reminders.enums.Step.as_choices, max_length=20, verbose_name="step"
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="subject_kind",
            field=models.CharField(
                choices=reminders.enums.Subject.as_choices, max_length=20, verbose_name="about"
            ),
        ),
        migrations.AlterField(
            model_name="reminder",
            name="subject_version",
            field=models.PositiveIntegerField(verbose_name="subject version"),
        ),
        migrations.AlterField(
            model_name="reminderrule",
            name="appointment_type",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="reminder_rules",
                to="appointments.appointmenttype",
                verbose_name="visit type",
            ),
        ),
        migrations.AlterField(
            model_name="reminderrule",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="on"),
        ),
        migrations.AlterField(
            model_name="reminderrule",
            name="step",
            field=models.CharField(
                choices=reminders.enums.Step.as_choices, max_length=20, verbose_name="when"
            ),
        ),
        migrations.AlterField(
            model_name="reminderrule",
            name="subject_kind",
            field=models.CharField(
                choices=reminders.enums.Subject.as_choices, max_length=20, verbose_name="about"
            ),
        ),
    ]
