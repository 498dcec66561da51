import datetime

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.text
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

import patients.models.people


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("access", "0001_staff_roles_and_audit"),
    ]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(
            "CREATE SEQUENCE patient_record_number", "DROP SEQUENCE patient_record_number"
        ),
        migrations.CreateModel(
            name="Patient",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                (
                    "record_number",
                    models.CharField(
                        db_default=patients.models.people.NextRecordNumber(),
                        editable=False,
                        max_length=20,
                        unique=True,
                        verbose_name="record number",
                    ),
                ),
                ("given_name", models.CharField(max_length=100, verbose_name="given name")),
                ("family_name", models.CharField(max_length=100, verbose_name="family name")),
                (
                    "preferred_name",
                    models.CharField(blank=True, max_length=100, verbose_name="preferred name"),
                ),
                ("birth_date", models.DateField(verbose_name="birth date")),
                (
                    "birth_date_is_estimated",
                    models.BooleanField(default=False, verbose_name="birth date is estimated"),
                ),
                (
                    "sex",
                    models.CharField(
                        choices=[
                            ("female", "Female"),
                            ("male", "Male"),
                            ("intersex", "Intersex"),
                            ("unknown", "Not recorded"),
                        ],
                        default="unknown",
                        max_length=10,
                        verbose_name="sex",
                    ),
                ),
                (
                    "gender_identity",
                    models.CharField(blank=True, max_length=60, verbose_name="gender identity"),
                ),
                ("pronouns", models.CharField(blank=True, max_length=40, verbose_name="pronouns")),
                (
                    "language",
                    models.CharField(
                        default="en",
                        help_text="Language code: en, es, …",
                        max_length=10,
                        verbose_name="language",
                    ),
                ),
                (
                    "version",
                    models.PositiveIntegerField(default=1, editable=False, verbose_name="version"),
                ),
                (
                    "search_text",
                    models.GeneratedField(
                        db_persist=True,
                        expression=django.db.models.functions.text.Lower(
                            django.db.models.functions.text.Concat(
                                "family_name",
                                models.Value(" "),
                                "given_name",
                                models.Value(" "),
                                "preferred_name",
                                models.Value(" "),
                                "record_number",
                                output_field=models.TextField(),
                            )
                        ),
                        output_field=models.TextField(),
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="patients",
                        to="access.site",
                    ),
                ),
            ],
            options={
                "verbose_name": "patient",
            },
        ),
        migrations.CreateModel(
            name="Identifier",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("system", models.CharField(max_length=60, verbose_name="system")),
                ("value", models.CharField(max_length=100, verbose_name="value")),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="identifiers",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "identifier",
            },
        ),
        migrations.CreateModel(
            name="EmergencyContact",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "relationship",
                    models.CharField(blank=True, max_length=60, verbose_name="relationship"),
                ),
                ("phone", models.CharField(max_length=40, verbose_name="phone")),
                (
                    "knows_of_treatment",
                    models.BooleanField(
                        default=False,
                        help_text="If not, say nothing of what kind of clinic is calling.",
                        verbose_name="knows of the treatment",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="emergency_contacts",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "emergency contact",
            },
        ),
        migrations.CreateModel(
            name="Diagnosis",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("code", models.CharField(max_length=8, verbose_name="ICD-10-CM code")),
                ("description", models.CharField(max_length=200, verbose_name="description")),
                ("onset_date", models.DateField(blank=True, null=True, verbose_name="since")),
                ("resolved_date", models.DateField(blank=True, null=True, verbose_name="resolved")),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="diagnoses",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "diagnosis",
                "verbose_name_plural": "diagnoses",
            },
        ),
        migrations.CreateModel(
            name="ContactPoint",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                (
                    "kind",
                    models.CharField(
                        choices=[("phone", "Phone"), ("email", "E-mail")],
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                ("value", models.CharField(max_length=254, verbose_name="number or address")),
                (
                    "may_send_messages",
                    models.BooleanField(default=False, verbose_name="may we text or e-mail here"),
                ),
                (
                    "may_leave_message",
                    models.BooleanField(default=False, verbose_name="may we leave a message"),
                ),
                (
                    "is_shared",
                    models.BooleanField(default=False, verbose_name="shared with others"),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="in use")),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contact_points",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "contact point",
            },
        ),
        migrations.CreateModel(
            name="ClinicalEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("return_to_use", "Return to use"),
                            ("overdose", "Overdose"),
                            ("hospital_stay", "Hospital stay"),
                            ("incarceration", "Incarceration"),
                            ("death", "Death"),
                        ],
                        max_length=20,
                        verbose_name="what happened",
                    ),
                ),
                ("occurred_date", models.DateField(verbose_name="on")),
                (
                    "substance",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("heroin", "Heroin"),
                            ("fentanyl", "Fentanyl"),
                            ("other_opioid", "Other opioid"),
                            ("methadone_non_prescribed", "Methadone, not prescribed"),
                            ("alcohol", "Alcohol"),
                            ("cocaine", "Cocaine or crack"),
                            ("cannabis", "Cannabis"),
                            ("methamphetamine", "Methamphetamine"),
                            ("other_stimulant", "Other stimulant"),
                            ("benzodiazepine", "Benzodiazepine"),
                            ("other_sedative", "Other sedative"),
                            ("hallucinogen", "Hallucinogen"),
                            ("inhalant", "Inhalant"),
                            ("other", "Other"),
                        ],
                        max_length=30,
                        verbose_name="substance",
                    ),
                ),
                (
                    "naloxone_given",
                    models.BooleanField(blank=True, null=True, verbose_name="naloxone was given"),
                ),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="note")),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="events",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
            },
        ),
        migrations.CreateModel(
            name="Assessment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                (
                    "instrument",
                    models.CharField(
                        choices=[
                            ("cows", "Clinical Opiate Withdrawal Scale (COWS)"),
                            ("withdrawal_band", "Withdrawal severity (none to severe)"),
                            ("phq9", "PHQ-9"),
                            ("gad7", "GAD-7"),
                        ],
                        max_length=20,
                        verbose_name="instrument",
                    ),
                ),
                ("assessed_date", models.DateField(verbose_name="on")),
                ("score", models.PositiveSmallIntegerField(verbose_name="score")),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="assessments",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "assessment",
            },
        ),
        migrations.CreateModel(
            name="Program",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="admits patients")),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="programs",
                        to="access.site",
                    ),
                ),
            ],
            options={
                "verbose_name": "program",
            },
        ),
        migrations.CreateModel(
            name="Episode",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("admission_date", models.DateField(verbose_name="admission date")),
                (
                    "referral_source",
                    models.CharField(
                        choices=[
                            ("self", "Self or family"),
                            ("treatment_provider", "Another treatment provider"),
                            ("health_care", "Hospital or other health care"),
                            ("school", "School"),
                            ("employer", "Employer"),
                            ("community", "Community organisation"),
                            ("court", "Court or criminal justice"),
                            ("study", "Clinical trial"),
                            ("unknown", "Not recorded"),
                        ],
                        default="unknown",
                        max_length=20,
                        verbose_name="referred by",
                    ),
                ),
                (
                    "discharge_date",
                    models.DateField(blank=True, null=True, verbose_name="discharge date"),
                ),
                (
                    "discharge_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("completed", "Treatment completed"),
                            ("dropped_out", "Left treatment"),
                            ("terminated", "Ended by the clinic"),
                            ("transferred", "Transferred to another program"),
                            ("incarcerated", "Incarcerated"),
                            ("death", "Died"),
                            ("study_ended", "Study ended"),
                            ("other", "Other"),
                        ],
                        max_length=20,
                        verbose_name="reason for leaving",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="episodes",
                        to="access.site",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="episodes",
                        to="patients.patient",
                    ),
                ),
                (
                    "program",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="episodes",
                        to="patients.program",
                    ),
                ),
            ],
            options={
                "verbose_name": "episode of care",
                "verbose_name_plural": "episodes of care",
            },
        ),
        migrations.CreateModel(
            name="SubstanceUse",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                (
                    "substance",
                    models.CharField(
                        choices=[
                            ("heroin", "Heroin"),
                            ("fentanyl", "Fentanyl"),
                            ("other_opioid", "Other opioid"),
                            ("methadone_non_prescribed", "Methadone, not prescribed"),
                            ("alcohol", "Alcohol"),
                            ("cocaine", "Cocaine or crack"),
                            ("cannabis", "Cannabis"),
                            ("methamphetamine", "Methamphetamine"),
                            ("other_stimulant", "Other stimulant"),
                            ("benzodiazepine", "Benzodiazepine"),
                            ("other_sedative", "Other sedative"),
                            ("hallucinogen", "Hallucinogen"),
                            ("inhalant", "Inhalant"),
                            ("other", "Other"),
                        ],
                        max_length=30,
                        verbose_name="substance",
                    ),
                ),
                (
                    "route",
                    models.CharField(
                        choices=[
                            ("oral", "By mouth"),
                            ("smoked", "Smoked"),
                            ("inhaled", "Inhaled or snorted"),
                            ("injected", "Injected"),
                            ("other", "Other"),
                            ("unknown", "Not recorded"),
                        ],
                        default="unknown",
                        max_length=10,
                        verbose_name="usual route",
                    ),
                ),
                (
                    "frequency",
                    models.CharField(
                        choices=[
                            ("none", "None in the past month"),
                            ("monthly", "1–3 days in the past month"),
                            ("weekly", "1–2 days a week"),
                            ("most_days", "3–6 days a week"),
                            ("daily", "Daily"),
                            ("unknown", "Not recorded"),
                        ],
                        default="unknown",
                        max_length=10,
                        verbose_name="frequency",
                    ),
                ),
                (
                    "age_at_first_use",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="age at first use"
                    ),
                ),
                ("is_primary", models.BooleanField(default=False, verbose_name="main substance")),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="substance_uses",
                        to="patients.patient",
                    ),
                ),
            ],
            options={
                "verbose_name": "substance use",
                "verbose_name_plural": "substance use history",
            },
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                fields=["site", "family_name", "given_name", "id"], name="patient_by_name"
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(
                fields=["family_name", "given_name", "id"], name="patient_by_name_all"
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["birth_date"], name="patient_by_birth_date"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("search_text"), "gin_trgm_ops"),
                name="patient_by_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("given_name", ""), _negated=True),
                    models.Q(("family_name", ""), _negated=True),
                ),
                name="patient_has_a_name",
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(("sex__in", ["female", "male", "intersex", "unknown"])),
                name="patient_known_sex",
            ),
        ),
        migrations.AddConstraint(
            model_name="patient",
            constraint=models.CheckConstraint(
                condition=models.Q(("birth_date__gte", datetime.date(1900, 1, 1))),
                name="patient_born_since_1900",
            ),
        ),
        migrations.AddConstraint(
            model_name="identifier",
            constraint=models.UniqueConstraint(
                fields=("system", "value"), name="identifier_names_one_person"
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.UniqueConstraint(
                condition=models.Q(("resolved_date__isnull", True)),
                fields=("patient", "code"),
                name="diagnosis_current_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="diagnosis",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-TV-Z][0-9][0-9A-Z](\\.[0-9A-Z]{1,4})?$")),
                name="diagnosis_code_is_icd10cm",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.UniqueConstraint(
                fields=("patient", "kind", "value"), name="contact_point_listed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["phone", "email"])),
                name="contact_point_known_kind",
            ),
        ),
        migrations.AddIndex(
            model_name="clinicalevent",
            index=models.Index(fields=["patient", "-occurred_date"], name="event_of_patient"),
        ),
        migrations.AddIndex(
            model_name="assessment",
            index=models.Index(fields=["patient", "-assessed_date"], name="assessment_of_patient"),
        ),
        migrations.AddConstraint(
            model_name="assessment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("instrument", "cows"), ("score__lte", 48)),
                    models.Q(("instrument", "withdrawal_band"), ("score__lte", 3)),
                    models.Q(("instrument", "phq9"), ("score__lte", 27)),
                    models.Q(("instrument", "gad7"), ("score__lte", 21)),
                    _connector="OR",
                ),
                name="assessment_score_in_range",
            ),
        ),
        migrations.AddConstraint(
            model_name="program",
            constraint=models.UniqueConstraint(
                fields=("site", "code"), name="program_code_once_per_site"
            ),
        ),
        migrations.AddIndex(
            model_name="episode",
            index=models.Index(
                fields=["site", "-admission_date", "-id"], name="episode_newest_at_site"
            ),
        ),
        migrations.AddConstraint(
            model_name="episode",
            constraint=models.UniqueConstraint(
                condition=models.Q(("discharge_date__isnull", True)),
                fields=("patient", "program"),
                name="episode_one_open_per_program",
            ),
        ),
        migrations.AddConstraint(
            model_name="episode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("discharge_date__isnull", True),
                    ("discharge_date__gte", models.F("admission_date")),
                    _connector="OR",
                ),
                name="episode_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="episode",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("discharge_date__isnull", True), ("discharge_reason", "")),
                    models.Q(
                        ("discharge_date__isnull", False),
                        (
                            "discharge_reason__in",
                            [
                                "completed",
                                "dropped_out",
                                "terminated",
                                "transferred",
                                "incarcerated",
                                "death",
                                "study_ended",
                                "other",
                            ],
                        ),
                    ),
                    _connector="OR",
                ),
                name="episode_discharge_has_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="substanceuse",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("age_at_first_use__isnull", True),
                    ("age_at_first_use__lte", 110),
                    _connector="OR",
                ),
                name="substance_use_age_is_human",
            ),
        ),
    ]
