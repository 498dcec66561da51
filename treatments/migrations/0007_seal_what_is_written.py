from django.db import migrations

import vault.encrypted_fields
import vault.migration_operations


class Migration(migrations.Migration):
    dependencies = [
        ("treatments", "0006_counselling_notes"),
        ("vault", "0001_sealed"),
    ]

    operations = [
        vault.migration_operations.EncryptColumns(
            model_name="counselingnote",
            fields={
                "words": vault.encrypted_fields.EncryptedTextField(
                    max_length=20000, verbose_name="note"
                )
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="goal",
            fields={
                "description": vault.encrypted_fields.EncryptedCharField(
                    max_length=500, verbose_name="goal"
                )
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="intervention",
            fields={
                "dose_reason": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=500, verbose_name="reason for an unusual dose"
                ),
                "instructions": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=500, verbose_name="instructions"
                ),
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="problem",
            fields={
                "description": vault.encrypted_fields.EncryptedCharField(
                    max_length=500, verbose_name="problem"
                )
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="treatmentplan",
            fields={
                "summary": vault.encrypted_fields.EncryptedTextField(
                    blank=True, verbose_name="in the patient's own words"
                )
            },
        ),
    ]
