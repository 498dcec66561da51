import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A note is only added; who was named may only be ended, once. All of it is where its patient is,
# one amends one's own note of the same patient, and leans on a consent of that patient.
KEEP = """
CREATE FUNCTION counselling_note_is_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a counselling note is append-only: a later one amends it'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER counselling_note_is_kept BEFORE UPDATE OR DELETE ON treatments_counsellingnote
    FOR EACH ROW EXECUTE FUNCTION counselling_note_is_kept();
CREATE TRIGGER counselling_note_is_not_emptied BEFORE TRUNCATE ON treatments_counsellingnote
    FOR EACH STATEMENT EXECUTE FUNCTION counselling_note_is_kept();

CREATE FUNCTION note_reading_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
        AND to_jsonb(NEW) - 'ended_at' = to_jsonb(OLD) - 'ended_at' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'who reads counselling notes is never edited: it ends, once'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER note_reading_only_ends BEFORE UPDATE OR DELETE ON treatments_notereader
    FOR EACH ROW EXECUTE FUNCTION note_reading_only_ends();

-- Nobody reads, or opens notes to others, on a consent that they wrote down themselves.
CREATE FUNCTION note_reader_is_not_the_recorder() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM patients_consent WHERE id = NEW.consent_id
            AND (kind <> 'counselling_notes' OR recorded_by_id IN (NEW.reader_id, NEW.named_by_id)))
    THEN
        RAISE EXCEPTION 'note_reader_is_not_the_recorder' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER note_reader_is_not_the_recorder BEFORE INSERT ON treatments_notereader
    FOR EACH ROW EXECUTE FUNCTION note_reader_is_not_the_recorder();

ALTER TABLE treatments_counsellingnote ADD CONSTRAINT note_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE treatments_counsellingnote ADD CONSTRAINT note_amends_its_author_s_own
    FOREIGN KEY (amends_id, patient_id, author_id)
    REFERENCES treatments_counsellingnote (id, patient_id, author_id)
    DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE treatments_notereader ADD CONSTRAINT note_reader_is_where_the_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE treatments_notereader ADD CONSTRAINT note_reader_leans_on_own_consent
    FOREIGN KEY (consent_id, patient_id, site_id)
    REFERENCES patients_consent (id, patient_id, site_id) DEFERRABLE INITIALLY DEFERRED;
"""
LET_GO = """
ALTER TABLE treatments_notereader DROP CONSTRAINT note_reader_leans_on_own_consent;
ALTER TABLE treatments_notereader DROP CONSTRAINT note_reader_is_where_the_patient_is;
ALTER TABLE treatments_counsellingnote DROP CONSTRAINT note_amends_its_author_s_own;
ALTER TABLE treatments_counsellingnote DROP CONSTRAINT note_is_where_its_patient_is;
DROP TRIGGER note_reader_is_not_the_recorder ON treatments_notereader;
DROP FUNCTION note_reader_is_not_the_recorder();
DROP TRIGGER note_reading_only_ends ON treatments_notereader;
DROP FUNCTION note_reading_only_ends();
DROP TRIGGER counselling_note_is_not_emptied ON treatments_counsellingnote;
DROP TRIGGER counselling_note_is_kept ON treatments_counsellingnote;
DROP FUNCTION counselling_note_is_kept();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0009_the_trail_by_months"),
        ("patients", "0008_consent_and_disclosure"),
        ("treatments", "0005_orders_do_not_contradict"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CounselingNote",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("session_date", models.DateField(verbose_name="session on")),
                ("words", models.TextField(max_length=20000, verbose_name="note")),
                (
                    "amends",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="amendments",
                        to="treatments.counselingnote",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counselling_notes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counselling_notes",
                        to="patients.patient",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.site",
                    ),
                ),
            ],
            options={
                "db_table": "treatments_counsellingnote",
                "verbose_name": "counselling note",
                "indexes": [
                    models.Index(
                        fields=["patient", "-session_date", "-id"],
                        name="counselling_note_of_patient",
                    ),
                    models.Index(fields=["author", "patient"], name="counselling_note_of_author"),
                    models.Index(fields=["-session_date", "-id"], name="counselling_note_newest"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("id", "patient", "author"), name="note_is_of_its_patient_and_author"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amends__isnull", True),
                            models.Q(("amends", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="note_amends_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NoteReader",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("until_date", models.DateField(verbose_name="until")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="note_readers",
                        to="patients.consent",
                    ),
                ),
                (
                    "named_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="patients.patient",
                    ),
                ),
                (
                    "reader",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="access.site",
                    ),
                ),
            ],
            options={
                "verbose_name": "reader of counselling notes",
                "verbose_name_plural": "readers of counselling notes",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["reader", "patient", "author"],
                        name="note_reader_open",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("patient", "author", "reader"),
                        name="note_reader_named_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("reader", models.F("author")), _negated=True),
                            models.Q(("reader", models.F("named_by")), _negated=True),
                        ),
                        name="note_reader_named_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("consent__isnull", False),
                            ("named_by", models.F("author")),
                            _connector="OR",
                        ),
                        name="note_reader_named_by_author_or_consent",
                    ),
                ],
            },
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
