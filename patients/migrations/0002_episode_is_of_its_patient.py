from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_staff_roles_and_audit"),
        ("patients", "0001_people_and_episodes"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="episode",
            constraint=models.UniqueConstraint(
                fields=("id", "patient", "site"), name="episode_is_of_its_patient"
            ),
        ),
    ]
