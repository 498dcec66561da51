import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_staff_roles_and_audit"),
        ("patients", "0002_episode_is_of_its_patient"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="episode",
            index=models.Index(fields=["-admission_date", "-id"], name="episode_newest"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                django.db.models.functions.text.Upper("family_name"),
                django.db.models.functions.text.Upper("given_name"),
                name="patient_by_full_name",
            ),
        ),
    ]
