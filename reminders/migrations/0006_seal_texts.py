from django.db import migrations

import vault.encrypted_fields
import vault.migration_operations


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0005_reminder_is_where_its_patient_is"),
        ("vault", "0001_sealed"),
    ]

    operations = [
        vault.migration_operations.EncryptColumns(
            model_name="reminder",
            fields={
                "body": vault.encrypted_fields.EncryptedTextField(blank=True, verbose_name="text"),
                "failure": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="what the gateway said"
                ),
            },
        ),
    ]
