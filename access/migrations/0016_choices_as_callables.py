"""Take choices out of the migrations, and use the field's words in labels. Changes no table."""

import django.contrib.postgres.fields
from django.db import migrations, models

import access.enums
import vault.encrypted_fields


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0015_enabled_and_chased"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="accountnotice",
            options={"verbose_name": "account notice", "verbose_name_plural": "account notices"},
        ),
        migrations.AlterModelOptions(
            name="auditarchive",
            options={"verbose_name": "archived month of the audit trail"},
        ),
        migrations.AlterModelOptions(
            name="auditbatch",
            options={"verbose_name": "audit digest"},
        ),
        migrations.AlterModelOptions(
            name="careteamplace",
            options={
                "verbose_name": "care team member",
                "verbose_name_plural": "care team members",
            },
        ),
        migrations.AlterField(
            model_name="accountnotice",
            name="kind",
            field=models.CharField(
                choices=access.enums.NoticeKind.as_choices, max_length=20, verbose_name="about"
            ),
        ),
        migrations.AlterField(
            model_name="accountnotice",
            name="told_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="e-mail sent at"),
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="name",
            field=models.CharField(max_length=100, verbose_name="purpose"),
        ),
        migrations.AlterField(
            model_name="apitoken",
            name="rights",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=list,
                size=None,
                verbose_name="permissions",
            ),
        ),
        migrations.AlterField(
            model_name="auditarchive",
            name="archived_at",
            field=models.DateTimeField(verbose_name="archived at"),
        ),
        migrations.AlterField(
            model_name="auditarchive",
            name="count",
            field=models.PositiveIntegerField(verbose_name="number of entries"),
        ),
        migrations.AlterField(
            model_name="auditarchive",
            name="ids",
            field=models.JSONField(verbose_name="ids of the entries, as ranges"),
        ),
        migrations.AlterField(
            model_name="auditarchive",
            name="key_name",
            field=models.CharField(max_length=16, verbose_name="key"),
        ),
        migrations.AlterField(
            model_name="auditbatch",
            name="count",
            field=models.PositiveIntegerField(verbose_name="number of entries"),
        ),
        migrations.AlterField(
            model_name="auditbatch",
            name="key_name",
            field=models.CharField(max_length=16, verbose_name="key"),
        ),
        migrations.AlterField(
            model_name="auditbatch",
            name="last_id",
            field=models.BigIntegerField(verbose_name="id of the last entry"),
        ),
        migrations.AlterField(
            model_name="auditbatch",
            name="last_transaction",
            field=models.BigIntegerField(verbose_name="last transaction"),
        ),
        migrations.AlterField(
            model_name="auditbatch",
            name="rows_above_id",
            field=models.BigIntegerField(verbose_name="after entry id"),
        ),
        migrations.AlterField(
            model_name="auditbatch",
            name="sealed_at",
            field=models.DateTimeField(verbose_name="created at"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="actor_role",
            field=models.CharField(blank=True, default="", max_length=200, verbose_name="role"),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="kind",
            field=models.CharField(
                choices=access.enums.AuditKind.as_choices,
                default="change",
                max_length=10,
                verbose_name="kind",
            ),
        ),
        migrations.AlterField(
            model_name="auditentry",
            name="origin",
            field=models.GenericIPAddressField(blank=True, null=True, verbose_name="address"),
        ),
        migrations.AlterField(
            model_name="emergencyaccess",
            name="chased_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="review reminder sent at"
            ),
        ),
        migrations.AlterField(
            model_name="emergencyaccess",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=access.enums.ReviewOutcome.as_choices,
                default="",
                max_length=20,
                verbose_name="review",
            ),
        ),
        migrations.AlterField(
            model_name="emergencyaccess",
            name="reason",
            field=models.CharField(
                choices=access.enums.EmergencyReason.as_choices,
                max_length=20,
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="emergencyaccess",
            name="review_words",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, default="", max_length=500, verbose_name="review findings"
            ),
        ),
        migrations.AlterField(
            model_name="emergencyaccess",
            name="told_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="e-mail to privacy officers at"
            ),
        ),
        migrations.AlterField(
            model_name="roleassignment",
            name="role",
            field=models.CharField(
                choices=access.enums.Role.as_choices, max_length=30, verbose_name="role"
            ),
        ),
        migrations.AlterField(
            model_name="roleproposal",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=access.enums.ProposalOutcome.as_choices,
                default="",
                max_length=10,
                verbose_name="outcome",
            ),
        ),
        migrations.AlterField(
            model_name="roleproposal",
            name="proposed_at",
            field=models.DateTimeField(editable=False, verbose_name="granted at"),
        ),
        migrations.AlterField(
            model_name="roleproposal",
            name="role",
            field=models.CharField(
                choices=access.enums.Role.as_choices, max_length=30, verbose_name="role"
            ),
        ),
        migrations.AlterField(
            model_name="roleproposal",
            name="told_at",
            field=models.DateTimeField(editable=False, null=True, verbose_name="e-mail sent at"),
        ),
        migrations.AlterField(
            model_name="site",
            name="neutral_name",
            field=models.CharField(
                help_text="Must not reveal what kind of clinic this is, because patients' phones may be shared.",
                max_length=60,
                verbose_name="name in messages",
            ),
        ),
        migrations.AlterField(
            model_name="staffsession",
            name="origin",
            field=models.GenericIPAddressField(blank=True, null=True, verbose_name="address"),
        ),
        migrations.AlterField(
            model_name="user",
            name="is_active",
            field=models.BooleanField(default=True, verbose_name="active"),
        ),
        migrations.AlterField(
            model_name="user",
            name="must_change_password",
            field=models.BooleanField(default=False, verbose_name="must change password"),
        ),
    ]
