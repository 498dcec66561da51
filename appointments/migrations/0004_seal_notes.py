from django.db import migrations

import vault.encrypted_fields
import vault.migration_operations


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0003_visit_is_where_its_patient_is"),
        ("vault", "0001_sealed"),
    ]

    operations = [
        vault.migration_operations.EncryptColumns(
            model_name="appointment",
            fields={
                "cancel_reason": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="why cancelled"
                ),
                "note": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="note"
                ),
            },
        ),
    ]
