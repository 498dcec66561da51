"""Take choices out of the migrations, and use the field's words in labels. Changes no table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import treatments.enums
import vault.encrypted_fields


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0014_choices_as_callables"),
        ("treatments", "0009_orders_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="counselingnote",
            options={"verbose_name": "counseling note"},
        ),
        migrations.AlterModelOptions(
            name="notereader",
            options={
                "verbose_name": "counseling note reader",
                "verbose_name_plural": "counseling note readers",
            },
        ),
        migrations.AlterField(
            model_name="counselingnote",
            name="author",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counseling_notes",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AlterField(
            model_name="counselingnote",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="counseling_notes",
                to="patients.patient",
            ),
        ),
        migrations.AlterField(
            model_name="counselingnote",
            name="session_date",
            field=models.DateField(verbose_name="session date"),
        ),
        migrations.AlterField(
            model_name="drugtest",
            name="collected_date",
            field=models.DateField(verbose_name="collection date"),
        ),
        migrations.AlterField(
            model_name="drugtest",
            name="is_valid",
            field=models.BooleanField(
                blank=True,
                help_text="Temperature in range. Empty if not recorded.",
                null=True,
                verbose_name="valid specimen",
            ),
        ),
        migrations.AlterField(
            model_name="drugtest",
            name="specimen",
            field=models.CharField(
                choices=treatments.enums.Specimen.as_choices,
                default="urine",
                max_length=12,
                verbose_name="specimen",
            ),
        ),
        migrations.AlterField(
            model_name="intervention",
            name="arm",
            field=models.CharField(
                choices=treatments.enums.Arm.as_choices, max_length=12, verbose_name="arm"
            ),
        ),
        migrations.AlterField(
            model_name="intervention",
            name="frequency",
            field=models.CharField(
                blank=True,
                choices=treatments.enums.Frequency.as_choices,
                max_length=20,
                verbose_name="frequency",
            ),
        ),
        migrations.AlterField(
            model_name="intervention",
            name="interval_days",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="days between doses"
            ),
        ),
        migrations.AlterField(
            model_name="intervention",
            name="last_date",
            field=models.DateField(
                blank=True,
                help_text="If empty: as long as the plan is active.",
                null=True,
                verbose_name="last day of the order",
            ),
        ),
        migrations.AlterField(
            model_name="intervention",
            name="modality",
            field=models.CharField(
                blank=True,
                choices=treatments.enums.Modality.as_choices,
                max_length=40,
                verbose_name="what",
            ),
        ),
        migrations.AlterField(
            model_name="intervention",
            name="product",
            field=models.CharField(
                blank=True,
                choices=treatments.enums.Product.as_choices,
                max_length=30,
                verbose_name="medication",
            ),
        ),
        migrations.AlterField(
            model_name="plannedtest",
            name="called_off_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="canceled at"),
        ),
        migrations.AlterField(
            model_name="plannedtest",
            name="called_off_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="canceled by",
            ),
        ),
        migrations.AlterField(
            model_name="plannedtest",
            name="due_date",
            field=models.DateField(verbose_name="test date"),
        ),
        migrations.AlterField(
            model_name="plannedtest",
            name="is_random",
            field=models.BooleanField(
                help_text="Random test: shown only on its day.", verbose_name="random"
            ),
        ),
        migrations.AlterField(
            model_name="plannedtest",
            name="reason",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=300, verbose_name="cancel reason"
            ),
        ),
        migrations.AlterField(
            model_name="problem",
            name="area",
            field=models.CharField(
                choices=treatments.enums.ProblemArea.as_choices, max_length=30, verbose_name="area"
            ),
        ),
        migrations.AlterField(
            model_name="treatmentplan",
            name="end_date",
            field=models.DateField(blank=True, null=True, verbose_name="active until"),
        ),
        migrations.AlterField(
            model_name="treatmentplan",
            name="revision",
            field=models.PositiveIntegerField(
                default=0,
                help_text="Increases with every change of the draft.",
                verbose_name="revision",
            ),
        ),
        migrations.AlterField(
            model_name="treatmentplan",
            name="start_date",
            field=models.DateField(blank=True, null=True, verbose_name="active from"),
        ),
        migrations.AlterField(
            model_name="treatmentplan",
            name="status",
            field=models.CharField(
                choices=treatments.enums.PlanStatus.as_choices,
                default="draft",
                max_length=12,
                verbose_name="status",
            ),
        ),
    ]
