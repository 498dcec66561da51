"""Take choices out of the migrations, and use the field's words in labels. Changes no table."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import dispensary.enums
import treatments.enums


class Migration(migrations.Migration):
    dependencies = [
        ("dispensary", "0012_naloxone_kits"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="callback",
            name="counted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="counted at"),
        ),
        migrations.AlterField(
            model_name="callback",
            name="counted_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="counted by",
            ),
        ),
        migrations.AlterField(
            model_name="callback",
            name="outcome",
            field=models.CharField(
                blank=True,
                choices=dispensary.enums.CallBackOutcome.as_choices,
                max_length=12,
                verbose_name="result",
            ),
        ),
        migrations.AlterField(
            model_name="doserecord",
            name="correction",
            field=models.PositiveSmallIntegerField(
                default=0,
                help_text="Number of voided rows before this one for the same day.",
                verbose_name="correction",
            ),
        ),
        migrations.AlterField(
            model_name="doserecord",
            name="dose_date",
            field=models.DateField(verbose_name="dose date"),
        ),
        migrations.AlterField(
            model_name="doserecord",
            name="outcome",
            field=models.CharField(
                choices=dispensary.enums.DoseOutcome.as_choices,
                max_length=10,
                verbose_name="outcome",
            ),
        ),
        migrations.AlterField(
            model_name="doserecord",
            name="product",
            field=models.CharField(
                choices=treatments.enums.Product.as_choices, max_length=30, verbose_name="product"
            ),
        ),
        migrations.AlterField(
            model_name="naloxoneoffer",
            name="answer",
            field=models.CharField(
                choices=dispensary.enums.NaloxoneAnswer.as_choices,
                max_length=8,
                verbose_name="answer",
            ),
        ),
        migrations.AlterField(
            model_name="naloxoneoffer",
            name="product",
            field=models.CharField(
                blank=True,
                choices=dispensary.enums.NaloxoneProduct.as_choices,
                max_length=12,
                verbose_name="product",
            ),
        ),
    ]
