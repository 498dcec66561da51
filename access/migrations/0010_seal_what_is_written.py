from django.db import migrations, models

import vault.encrypted_fields
import vault.migration_operations


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_the_trail_by_months"),
        ("vault", "0001_sealed"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="emergencyaccess",
            name="emergency_has_a_reason_in_words",
        ),
        migrations.RemoveConstraint(
            model_name="emergencyaccess",
            name="emergency_review_is_whole",
        ),
        vault.migration_operations.EncryptColumns(
            model_name="emergencyaccess",
            fields={
                "review_words": vault.encrypted_fields.EncryptedCharField(
                    blank=True, default="", max_length=500, verbose_name="what the review found"
                ),
                "words": vault.encrypted_fields.EncryptedCharField(
                    max_length=500, verbose_name="what happened"
                ),
            },
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("reason__in", ["overdose", "at_risk", "covering", "elsewhere", "other"]),
                    models.Q(("words", ""), _negated=True),
                ),
                name="emergency_has_a_reason_in_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="emergencyaccess",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("outcome", ""),
                        ("review_words", ""),
                        ("reviewed_at__isnull", True),
                        ("reviewed_by__isnull", True),
                    ),
                    models.Q(
                        ("outcome__in", ["justified", "not_justified", "follow_up"]),
                        ("reviewed_at__isnull", False),
                        ("reviewed_by__isnull", False),
                        models.Q(("review_words", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="emergency_review_is_whole",
            ),
        ),
    ]
