from django.db import migrations

import vault.fields
import vault.migrating


class Migration(migrations.Migration):
    dependencies = [
        ("appointments", "0003_visit_is_where_its_patient_is"),
        ("vault", "0001_sealed"),
    ]

    operations = [
        vault.migrating.SealColumns(
            model_name="appointment",
            fields={
                "cancel_reason": vault.fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="why cancelled"
                ),
                "note": vault.fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="note"
                ),
            },
        ),
    ]
