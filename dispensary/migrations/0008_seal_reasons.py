from django.db import migrations, models

import vault.encrypted_fields
import vault.migration_operations


class Migration(migrations.Migration):
    dependencies = [
        ("dispensary", "0007_dose_within_its_stay"),
        ("vault", "0001_sealed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="doserecord",
            name="dose_outcome_has_its_amount",
        ),
        vault.migration_operations.EncryptColumns(
            model_name="doserecord",
            fields={
                "reason": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="reason"
                )
            },
        ),
        migrations.AddConstraint(
            model_name="doserecord",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_mg__gt", 0),
                        ("amount_mg__isnull", False),
                        ("outcome__in", ["given", "take_home"]),
                        ("voids__isnull", True),
                    ),
                    models.Q(
                        ("amount_mg__isnull", True), ("outcome", "missed"), ("voids__isnull", True)
                    ),
                    models.Q(
                        ("amount_mg__isnull", True),
                        ("outcome", "void"),
                        ("voids__isnull", False),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="dose_outcome_has_its_amount",
            ),
        ),
    ]
