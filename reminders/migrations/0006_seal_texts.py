from django.db import migrations

import vault.fields
import vault.migrating


class Migration(migrations.Migration):
    dependencies = [
        ("reminders", "0005_reminder_is_where_its_patient_is"),
        ("vault", "0001_sealed"),
    ]

    operations = [
        vault.migrating.SealColumns(
            model_name="reminder",
            fields={
                "body": vault.fields.EncryptedTextField(blank=True, verbose_name="text"),
                "failure": vault.fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="what the gateway said"
                ),
            },
        ),
    ]
