from django.db import migrations

import vault.fields
import vault.migrating


class Migration(migrations.Migration):
    dependencies = [
        ("treatments", "0006_counselling_notes"),
        ("vault", "0001_sealed"),
    ]

    operations = [
        vault.migrating.SealColumns(
            model_name="counsellingnote",
            fields={
                "words": vault.fields.EncryptedTextField(max_length=20000, verbose_name="note")
            },
        ),
        vault.migrating.SealColumns(
            model_name="goal",
            fields={
                "description": vault.fields.EncryptedCharField(max_length=500, verbose_name="goal")
            },
        ),
        vault.migrating.SealColumns(
            model_name="intervention",
            fields={
                "dose_reason": vault.fields.EncryptedCharField(
                    blank=True, max_length=500, verbose_name="reason for an unusual dose"
                ),
                "instructions": vault.fields.EncryptedCharField(
                    blank=True, max_length=500, verbose_name="instructions"
                ),
            },
        ),
        vault.migrating.SealColumns(
            model_name="problem",
            fields={
                "description": vault.fields.EncryptedCharField(
                    max_length=500, verbose_name="problem"
                )
            },
        ),
        vault.migrating.SealColumns(
            model_name="treatmentplan",
            fields={
                "summary": vault.fields.EncryptedTextField(
                    blank=True, verbose_name="in the patient's own words"
                )
            },
        ),
    ]
