"""Take choices out of the migrations, and use the field's words in labels. Changes no table."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import access.enums
import appointments.enums
import appointments.models.visit_types
import treatments.enums
import vault.encrypted_fields


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0007_freed_times"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="appointmenttype",
            options={"verbose_name": "visit type"},
        ),
        migrations.AlterModelOptions(
            name="freedslot",
            options={"verbose_name": "freed slot"},
        ),
        migrations.AlterModelOptions(
            name="kioskdevice",
            options={"verbose_name": "check-in kiosk"},
        ),
        migrations.AlterModelOptions(
            name="waitlistentry",
            options={"verbose_name": "waitlist entry", "verbose_name_plural": "waitlist entries"},
        ),
        migrations.AlterModelOptions(
            name="waitlistoffer",
            options={"verbose_name": "waitlist offer", "verbose_name_plural": "waitlist offers"},
        ),
        migrations.AlterField(
            model_name="appointment",
            name="buffer_minutes",
            field=models.PositiveSmallIntegerField(
                default=0, editable=False, verbose_name="buffer after it (minutes)"
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="cancel_reason",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=300, verbose_name="cancel reason"
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="cancelled_by",
            field=models.CharField(
                blank=True,
                choices=appointments.enums.CancelledBy.as_choices,
                max_length=10,
                verbose_name="canceled by",
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="check_in_code",
            field=models.CharField(blank=True, max_length=6, verbose_name="check-in code"),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="miss_reason",
            field=models.CharField(
                blank=True,
                choices=appointments.enums.MissReason.as_choices,
                max_length=20,
                verbose_name="no-show reason",
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="mode",
            field=models.CharField(
                choices=appointments.enums.VisitMode.as_choices,
                default="in_person",
                max_length=10,
                verbose_name="how",
            ),
        ),
        migrations.AlterField(
            model_name="appointment",
            name="status",
            field=models.CharField(
                choices=appointments.enums.AppointmentStatus.as_choices,
                default="booked",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="appointmentseries",
            name="ends_before",
            field=models.DateField(
                blank=True,
                help_text="From this day on, the appointments were moved to another series or canceled.",
                null=True,
                verbose_name="ended before",
            ),
        ),
        migrations.AlterField(
            model_name="appointmentseries",
            name="mode",
            field=models.CharField(
                choices=appointments.enums.VisitMode.as_choices,
                default="in_person",
                max_length=10,
                verbose_name="how",
            ),
        ),
        migrations.AlterField(
            model_name="appointmenttype",
            name="arm",
            field=models.CharField(
                blank=True,
                choices=treatments.enums.Arm.as_choices,
                max_length=12,
                verbose_name="arm of the plan",
            ),
        ),
        migrations.AlterField(
            model_name="appointmenttype",
            name="buffer_minutes",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Keeps practitioner and room free afterwards, for notes or cleaning.",
                verbose_name="buffer after it (minutes)",
            ),
        ),
        migrations.AlterField(
            model_name="appointmenttype",
            name="capacity",
            field=models.PositiveSmallIntegerField(
                default=1,
                help_text="More than one makes it a group.",
                verbose_name="patients at once",
            ),
        ),
        migrations.AlterField(
            model_name="appointmenttype",
            name="modes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=appointments.enums.VisitMode.as_choices, max_length=10
                ),
                default=appointments.models.visit_types.in_person,
                size=None,
                verbose_name="offered",
            ),
        ),
        migrations.AlterField(
            model_name="appointmenttype",
            name="no_show_after_minutes",
            field=models.PositiveSmallIntegerField(
                blank=True,
                default=60,
                help_text="After the start time. Leave empty to mark no-shows only by hand.",
                null=True,
                verbose_name="automatic no-show after (minutes)",
            ),
        ),
        migrations.AlterField(
            model_name="appointmenttype",
            name="roles",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(choices=access.enums.Role.as_choices, max_length=30),
                blank=True,
                default=list,
                help_text="Leave empty to allow all practitioners.",
                size=None,
                verbose_name="roles",
            ),
        ),
        migrations.AlterField(
            model_name="calendarfeed",
            name="last_used_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last used"),
        ),
        migrations.AlterField(
            model_name="freedslot",
            name="buffer_minutes",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="buffer after it (minutes)"
            ),
        ),
        migrations.AlterField(
            model_name="groupsession",
            name="buffer_minutes",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="buffer after it (minutes)"
            ),
        ),
        migrations.AlterField(
            model_name="groupsession",
            name="mode",
            field=models.CharField(
                choices=appointments.enums.VisitMode.as_choices,
                default="in_person",
                max_length=10,
                verbose_name="how",
            ),
        ),
        migrations.AlterField(
            model_name="groupsession",
            name="status",
            field=models.CharField(
                choices=appointments.enums.GroupStatus.as_choices,
                default="planned",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="timeaway",
            name="reason",
            field=models.CharField(
                choices=appointments.enums.AwayReason.as_choices, max_length=10, verbose_name="why"
            ),
        ),
        migrations.AlterField(
            model_name="waitlistentry",
            name="practitioner",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="practitioner",
            ),
        ),
        migrations.AlterField(
            model_name="waitlistentry",
            name="priority",
            field=models.PositiveSmallIntegerField(
                choices=appointments.enums.ClinicalPriority.as_choices,
                default=5,
                verbose_name="priority",
            ),
        ),
        migrations.AlterField(
            model_name="waitlistentry",
            name="status",
            field=models.CharField(
                choices=appointments.enums.WaitlistStatus.as_choices,
                default="waiting",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="waitlistentry",
            name="weekdays",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.PositiveSmallIntegerField(
                    choices=appointments.enums.Weekday.as_choices
                ),
                blank=True,
                default=list,
                help_text="Leave empty for any day.",
                size=None,
                verbose_name="days",
            ),
        ),
        migrations.AlterField(
            model_name="waitlistoffer",
            name="buffer_minutes",
            field=models.PositiveSmallIntegerField(
                default=0, verbose_name="buffer after it (minutes)"
            ),
        ),
        migrations.AlterField(
            model_name="waitlistoffer",
            name="expires_at",
            field=models.DateTimeField(verbose_name="held until"),
        ),
        migrations.AlterField(
            model_name="waitlistoffer",
            name="freed",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="offers",
                to="appointments.freedslot",
                verbose_name="freed slot",
            ),
        ),
        migrations.AlterField(
            model_name="waitlistoffer",
            name="status",
            field=models.CharField(
                choices=appointments.enums.OfferStatus.as_choices,
                default="open",
                max_length=10,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="workinghours",
            name="until_date",
            field=models.DateField(
                blank=True,
                help_text="The first day on which the hours no longer apply.",
                null=True,
                verbose_name="until",
            ),
        ),
        migrations.AlterField(
            model_name="workinghours",
            name="weekday",
            field=models.PositiveSmallIntegerField(
                choices=appointments.enums.Weekday.as_choices, verbose_name="weekday"
            ),
        ),
    ]
