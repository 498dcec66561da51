"""Tokens that were issued without a scope end here: nobody said what they were for."""

import datetime

import django.contrib.postgres.fields
from django.db import migrations, models

END_UNSCOPED = "UPDATE access_apitoken SET revoked_at = now() WHERE revoked_at IS NULL"


class Migration(migrations.Migration):
    # The rows are changed and the table altered: two transactions, or PostgreSQL waits for itself.
    atomic = False

    dependencies = [
        ("access", "0011_second_factors"),
    ]

    operations = [
        migrations.AddField(
            model_name="apitoken",
            name="rights",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=40),
                default=list,
                size=None,
                verbose_name="rights",
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="sites",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.BigIntegerField(),
                default=list,
                size=None,
                verbose_name="sites",
            ),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="last_used_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="last used at"),
        ),
        migrations.AddField(
            model_name="apitoken",
            name="last_used_from",
            field=models.GenericIPAddressField(
                blank=True, null=True, verbose_name="last used from"
            ),
        ),
        migrations.RunSQL(END_UNSCOPED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("revoked_at__isnull", False),
                    models.Q(("rights__len__gt", 0), ("sites__len__gt", 0)),
                    _connector="OR",
                ),
                name="api_token_has_a_scope",
            ),
        ),
        migrations.AddConstraint(
            model_name="apitoken",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("revoked_at__isnull", False),
                    (
                        "expires_at__lte",
                        models.expressions.CombinedExpression(
                            models.F("created_at"), "+", models.Value(datetime.timedelta(days=366))
                        ),
                    ),
                    _connector="OR",
                ),
                name="api_token_ends_within_a_year",
            ),
        ),
    ]
