from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0007_sessions_that_staff_see"),
    ]

    operations = [
        migrations.AddField(
            model_name="emergencyaccess",
            name="told_at",
            field=models.DateTimeField(
                editable=False, null=True, verbose_name="privacy officers told by e-mail at"
            ),
        ),
        migrations.AddIndex(
            model_name="emergencyaccess",
            index=models.Index(
                condition=models.Q(("told_at__isnull", True)),
                fields=["opened_at"],
                name="emergency_to_tell",
            ),
        ),
    ]
