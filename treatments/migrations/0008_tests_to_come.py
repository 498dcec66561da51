import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import vault.encrypted_fields

# Where its patient is; settled by a test of the same patient that is as random as it; ended once.
KEEP = """
ALTER TABLE treatments_plannedtest ADD CONSTRAINT planned_test_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE treatments_plannedtest ADD CONSTRAINT planned_test_is_settled_by_its_patient_s
    FOREIGN KEY (test_id, patient_id, is_random)
    REFERENCES treatments_drugtest (id, patient_id, is_random) DEFERRABLE INITIALLY DEFERRED;

CREATE FUNCTION planned_test_ends_once() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ending text[] := ARRAY['test_id', 'called_off_at', 'called_off_by_id', 'reason'];
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.test_id IS NULL AND OLD.called_off_at IS NULL
        AND to_jsonb(NEW) - ending = to_jsonb(OLD) - ending THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a planned test is never edited: it is taken or called off, once'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER planned_test_ends_once BEFORE UPDATE OR DELETE ON treatments_plannedtest
    FOR EACH ROW EXECUTE FUNCTION planned_test_ends_once();
"""
LET_GO = """
DROP TRIGGER planned_test_ends_once ON treatments_plannedtest;
DROP FUNCTION planned_test_ends_once();
ALTER TABLE treatments_plannedtest DROP CONSTRAINT planned_test_is_settled_by_its_patient_s;
ALTER TABLE treatments_plannedtest DROP CONSTRAINT planned_test_is_where_its_patient_is;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0015_enabled_and_chased"),
        ("patients", "0011_restrictions_wait_and_end"),
        ("treatments", "0007_seal_what_is_written"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlannedTest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("due_date", models.DateField(verbose_name="to be taken on")),
                (
                    "is_random",
                    models.BooleanField(
                        help_text="Drawn: told only when its day has come.", verbose_name="random"
                    ),
                ),
                (
                    "called_off_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="called off at"),
                ),
                (
                    "reason",
                    vault.encrypted_fields.EncryptedCharField(
                        blank=True, max_length=300, verbose_name="why it is not taken"
                    ),
                ),
            ],
            options={
                "verbose_name": "planned test",
            },
        ),
        migrations.AddConstraint(
            model_name="drugtest",
            constraint=models.UniqueConstraint(
                fields=("id", "patient", "is_random"), name="drug_test_is_of_its_patient"
            ),
        ),
        migrations.AddField(
            model_name="plannedtest",
            name="called_off_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="called off by",
            ),
        ),
        migrations.AddField(
            model_name="plannedtest",
            name="patient",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="planned_tests",
                to="patients.patient",
            ),
        ),
        migrations.AddField(
            model_name="plannedtest",
            name="planned_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="planned by",
            ),
        ),
        migrations.AddField(
            model_name="plannedtest",
            name="site",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="access.site"
            ),
        ),
        migrations.AddField(
            model_name="plannedtest",
            name="test",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="planned",
                to="treatments.drugtest",
            ),
        ),
        migrations.AddIndex(
            model_name="plannedtest",
            index=models.Index(
                fields=["patient", "-due_date", "-id"], name="planned_test_of_patient"
            ),
        ),
        migrations.AddIndex(
            model_name="plannedtest",
            index=models.Index(fields=["site", "-due_date", "-id"], name="planned_test_at_site"),
        ),
        migrations.AddIndex(
            model_name="plannedtest",
            index=models.Index(fields=["-due_date", "-id"], name="planned_test_newest"),
        ),
        migrations.AddIndex(
            model_name="plannedtest",
            index=models.Index(
                condition=models.Q(("called_off_at__isnull", True), ("test__isnull", True)),
                fields=["due_date"],
                name="planned_test_waited_for",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedtest",
            constraint=models.UniqueConstraint(
                condition=models.Q(("called_off_at__isnull", True)),
                fields=("patient", "due_date"),
                name="planned_test_one_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="plannedtest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("called_off_at__isnull", True),
                        ("called_off_by__isnull", True),
                        ("reason", ""),
                    ),
                    models.Q(
                        ("called_off_at__isnull", False),
                        ("called_off_by__isnull", False),
                        ("test__isnull", True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="planned_test_called_off_for_a_reason",
            ),
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
