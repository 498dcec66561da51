from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0015_enabled_and_chased"),
        ("patients", "0011_restrictions_wait_and_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                condition=models.Q(("ended_at__isnull", True)),
                fields=["expiry_date"],
                name="consent_expiring",
            ),
        ),
    ]
