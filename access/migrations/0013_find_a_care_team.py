from django.db import migrations, models


class Migration(migrations.Migration):
    """The index stands already: patients/migrations/0005 made it, for its foreign key."""

    dependencies = [("access", "0012_tokens_have_a_scope")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddIndex(
                    model_name="careteamplace",
                    index=models.Index(fields=["patient_id"], name="care_team_of_patient"),
                ),
            ]
        ),
    ]
