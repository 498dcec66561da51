import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# A consent may end, once; nothing else of it changes. Disclosures, notices and decisions on
# restrictions are only added. None of them can be emptied: row triggers do not see TRUNCATE.
KEEP = """
CREATE FUNCTION consent_only_ends() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL
        AND to_jsonb(NEW) - '{ended_at,end_reason,end_note,ended_by_id}'::text[]
          = to_jsonb(OLD) - '{ended_at,end_reason,end_note,ended_by_id}'::text[] THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a signed consent is never edited: it ends, once'
        USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER consent_only_ends BEFORE UPDATE OR DELETE ON patients_consent
    FOR EACH ROW EXECUTE FUNCTION consent_only_ends();

CREATE FUNCTION what_left_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER disclosure_is_append_only BEFORE UPDATE OR DELETE ON patients_disclosure
    FOR EACH ROW EXECUTE FUNCTION what_left_is_append_only();
CREATE TRIGGER notice_is_append_only BEFORE UPDATE OR DELETE ON patients_privacynotice
    FOR EACH ROW EXECUTE FUNCTION what_left_is_append_only();
CREATE TRIGGER restriction_is_append_only BEFORE UPDATE OR DELETE ON patients_restrictionrequest
    FOR EACH ROW EXECUTE FUNCTION what_left_is_append_only();
CREATE TRIGGER consent_is_not_emptied BEFORE TRUNCATE ON patients_consent
    FOR EACH STATEMENT EXECUTE FUNCTION what_left_is_append_only();
CREATE TRIGGER disclosure_is_not_emptied BEFORE TRUNCATE ON patients_disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION what_left_is_append_only();
CREATE TRIGGER notice_is_not_emptied BEFORE TRUNCATE ON patients_privacynotice
    FOR EACH STATEMENT EXECUTE FUNCTION what_left_is_append_only();
CREATE TRIGGER restriction_is_not_emptied BEFORE TRUNCATE ON patients_restrictionrequest
    FOR EACH STATEMENT EXECUTE FUNCTION what_left_is_append_only();

-- Everything is where its patient is, and a disclosure leans on a consent of its own patient.
ALTER TABLE patients_consent ADD CONSTRAINT consent_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE patients_privacynotice ADD CONSTRAINT notice_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE patients_restrictionrequest ADD CONSTRAINT restriction_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE patients_disclosure ADD CONSTRAINT disclosure_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE patients_disclosure ADD CONSTRAINT disclosure_leans_on_own_consent
    FOREIGN KEY (consent_id, patient_id, site_id)
    REFERENCES patients_consent (id, patient_id, site_id) DEFERRABLE INITIALLY DEFERRED;
"""
LET_GO = """
ALTER TABLE patients_disclosure DROP CONSTRAINT disclosure_leans_on_own_consent;
ALTER TABLE patients_disclosure DROP CONSTRAINT disclosure_is_where_its_patient_is;
ALTER TABLE patients_restrictionrequest DROP CONSTRAINT restriction_is_where_its_patient_is;
ALTER TABLE patients_privacynotice DROP CONSTRAINT notice_is_where_its_patient_is;
ALTER TABLE patients_consent DROP CONSTRAINT consent_is_where_its_patient_is;
DROP TRIGGER restriction_is_not_emptied ON patients_restrictionrequest;
DROP TRIGGER notice_is_not_emptied ON patients_privacynotice;
DROP TRIGGER disclosure_is_not_emptied ON patients_disclosure;
DROP TRIGGER consent_is_not_emptied ON patients_consent;
DROP TRIGGER restriction_is_append_only ON patients_restrictionrequest;
DROP TRIGGER notice_is_append_only ON patients_privacynotice;
DROP TRIGGER disclosure_is_append_only ON patients_disclosure;
DROP TRIGGER consent_only_ends ON patients_consent;
DROP FUNCTION what_left_is_append_only(), consent_only_ends();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0005_trail_is_not_emptied"),
        ("patients", "0007_identifiers_are_of_a_site"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Consent",
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
                            ("tpo", "Treatment, payment and health care operations"),
                            ("specific", "One specific disclosure"),
                            ("counselling_notes", "SUD counselling notes"),
                            ("legal_proceedings", "Legal proceedings"),
                            (
                                "registry",
                                "Central registry or other programs, against multiple enrolment",
                            ),
                        ],
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("discloser", models.CharField(max_length=300, verbose_name="who may disclose")),
                (
                    "information",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("identity", "Name, birth date, contact details"),
                                ("attendance", "Visits kept and missed"),
                                ("dates", "Dates of admission, change and discharge"),
                                ("diagnoses", "Diagnoses and substance use"),
                                ("plan", "Treatment plan"),
                                ("medication", "Medication and doses"),
                                ("drug_tests", "Drug tests"),
                                ("assessments", "Assessments and events"),
                                ("counselling_notes", "SUD counselling notes"),
                            ],
                            max_length=30,
                        ),
                        size=None,
                        verbose_name="what may be disclosed",
                    ),
                ),
                (
                    "information_detail",
                    models.CharField(max_length=500, verbose_name="described specifically"),
                ),
                (
                    "recipients",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=300),
                        size=None,
                        verbose_name="to whom",
                    ),
                ),
                (
                    "intermediary",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="through which intermediary"
                    ),
                ),
                (
                    "intermediary_participants",
                    models.CharField(
                        blank=True,
                        max_length=500,
                        verbose_name="who receives it through the intermediary",
                    ),
                ),
                (
                    "to_covered_entity",
                    models.BooleanField(
                        default=False,
                        verbose_name="a recipient is a covered entity or business associate",
                    ),
                ),
                (
                    "purposes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("treatment", "Treatment"),
                                ("payment", "Payment"),
                                ("operations", "Health care operations"),
                                ("at_request", "At the request of the patient"),
                                ("benefits", "Benefits, housing or work"),
                                ("family", "Telling family or friends"),
                                ("criminal_justice", "Supervision after a court's referral"),
                                ("multiple_enrolment", "Preventing multiple enrolment"),
                                ("legal_proceedings", "Legal proceedings"),
                                ("audit", "Audit or evaluation"),
                                ("research", "Research"),
                                ("other", "Another purpose, in words"),
                            ],
                            max_length=30,
                        ),
                        size=None,
                        verbose_name="for which purposes",
                    ),
                ),
                (
                    "purpose_detail",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="the purpose in words"
                    ),
                ),
                (
                    "how_to_revoke",
                    models.CharField(max_length=500, verbose_name="right to revoke, and how"),
                ),
                (
                    "expiration",
                    models.CharField(
                        choices=[
                            ("date", "On a date"),
                            ("event", "At an event"),
                            ("end_of_treatment", "At the end of the treatment"),
                            ("none", "None"),
                        ],
                        max_length=20,
                        verbose_name="expires",
                    ),
                ),
                ("expiry_date", models.DateField(blank=True, null=True, verbose_name="last day")),
                (
                    "expiry_event",
                    models.CharField(blank=True, max_length=300, verbose_name="event"),
                ),
                (
                    "states_hipaa_redisclosure",
                    models.BooleanField(
                        default=False,
                        verbose_name="says that HIPAA allows redisclosure, except in proceedings against the patient",
                    ),
                ),
                (
                    "states_loss_of_protection",
                    models.BooleanField(
                        default=False,
                        verbose_name="says that redisclosed records may lose this protection",
                    ),
                ),
                (
                    "states_consequences",
                    models.BooleanField(
                        default=False, verbose_name="says what refusing to sign means"
                    ),
                ),
                (
                    "is_condition_of_treatment",
                    models.BooleanField(default=False, verbose_name="treatment depends on it"),
                ),
                ("signed_by", models.CharField(max_length=200, verbose_name="signed by")),
                (
                    "signed_for",
                    models.CharField(
                        choices=[
                            ("self", "The patient"),
                            ("minor", "A parent or guardian, for a minor"),
                            (
                                "representative",
                                "A representative, for somebody without capacity or who died",
                            ),
                        ],
                        default="self",
                        max_length=20,
                        verbose_name="who that is",
                    ),
                ),
                (
                    "signer_capacity",
                    models.CharField(blank=True, max_length=200, verbose_name="in which capacity"),
                ),
                (
                    "signature_form",
                    models.CharField(
                        choices=[("paper", "On paper"), ("electronic", "Electronically")],
                        max_length=12,
                        verbose_name="how it was signed",
                    ),
                ),
                ("date_signed", models.DateField(verbose_name="date signed")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("revoked", "Revoked by the patient"),
                            ("event", "Its expiry event has come"),
                            ("false", "Found to be materially false"),
                        ],
                        max_length=10,
                        verbose_name="why it ended",
                    ),
                ),
                ("end_note", models.CharField(blank=True, max_length=300, verbose_name="how")),
                (
                    "ended_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents_ended",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents",
                        to="patients.patient",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="consents_recorded",
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
                "verbose_name": "consent",
            },
        ),
        migrations.CreateModel(
            name="Disclosure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("consent", "The patient's consent (2.31, 2.33)"),
                            ("registry", "Preventing multiple enrolment, with consent (2.34)"),
                            ("emergency", "Medical emergency (2.51)"),
                            ("research", "Research (2.52)"),
                            ("audit", "Audit or evaluation (2.53)"),
                            ("court_order", "Court order and subpoena (2.61 to 2.67)"),
                        ],
                        max_length=12,
                        verbose_name="on which ground",
                    ),
                ),
                ("recipient", models.CharField(max_length=300, verbose_name="to whom")),
                (
                    "recipient_kind",
                    models.CharField(
                        choices=[
                            ("treating_provider", "Treating provider"),
                            ("health_plan", "Health plan"),
                            ("third_party_payer", "Third-party payer"),
                            ("program_helper", "Somebody who helps to operate this program"),
                            ("intermediary", "Intermediary, such as a health information exchange"),
                            ("registry", "Central registry"),
                            ("treatment_program", "Withdrawal or maintenance treatment program"),
                            ("medical_personnel", "Medical personnel in an emergency"),
                            ("auditor", "Auditor or evaluator"),
                            ("researcher", "Researcher"),
                            ("court", "Court, or a party under its order"),
                            ("other", "Anybody else"),
                        ],
                        max_length=20,
                        verbose_name="kind of recipient",
                    ),
                ),
                ("recipient_address", models.CharField(max_length=300, verbose_name="address")),
                (
                    "named_as",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="as the consent names them"
                    ),
                ),
                (
                    "information",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("identity", "Name, birth date, contact details"),
                                ("attendance", "Visits kept and missed"),
                                ("dates", "Dates of admission, change and discharge"),
                                ("diagnoses", "Diagnoses and substance use"),
                                ("plan", "Treatment plan"),
                                ("medication", "Medication and doses"),
                                ("drug_tests", "Drug tests"),
                                ("assessments", "Assessments and events"),
                                ("counselling_notes", "SUD counselling notes"),
                            ],
                            max_length=30,
                        ),
                        size=None,
                        verbose_name="what",
                    ),
                ),
                (
                    "information_detail",
                    models.CharField(max_length=500, verbose_name="what, in words"),
                ),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("treatment", "Treatment"),
                            ("payment", "Payment"),
                            ("operations", "Health care operations"),
                            ("at_request", "At the request of the patient"),
                            ("benefits", "Benefits, housing or work"),
                            ("family", "Telling family or friends"),
                            ("criminal_justice", "Supervision after a court's referral"),
                            ("multiple_enrolment", "Preventing multiple enrolment"),
                            ("legal_proceedings", "Legal proceedings"),
                            ("audit", "Audit or evaluation"),
                            ("research", "Research"),
                            ("other", "Another purpose, in words"),
                        ],
                        max_length=20,
                        verbose_name="purpose",
                    ),
                ),
                (
                    "purpose_detail",
                    models.CharField(
                        blank=True, max_length=300, verbose_name="the purpose in words"
                    ),
                ),
                (
                    "through_record",
                    models.BooleanField(
                        default=True,
                        help_text="Not by telephone or on a paper from elsewhere.",
                        verbose_name="sent from this record",
                    ),
                ),
                ("disclosed_at", models.DateTimeField(verbose_name="when")),
                ("discloser_name", models.CharField(max_length=200, verbose_name="by whom")),
                (
                    "notice_form",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("short", "Short form, 2.32(a)(2)"),
                            ("long", "Long form, 2.32(a)(1)"),
                        ],
                        max_length=10,
                        verbose_name="notice sent with it",
                    ),
                ),
                (
                    "scope",
                    models.TextField(blank=True, verbose_name="scope of the consent, sent with it"),
                ),
                (
                    "medical_person",
                    models.CharField(blank=True, max_length=200, verbose_name="medical personnel"),
                ),
                (
                    "medical_facility",
                    models.CharField(blank=True, max_length=200, verbose_name="their facility"),
                ),
                (
                    "emergency_nature",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="nature of the emergency"
                    ),
                ),
                (
                    "emergency_ground",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_consent_possible", "Consent cannot be obtained before"),
                            (
                                "declared_disaster",
                                "Closed in a declared disaster, unable to obtain consent",
                            ),
                        ],
                        max_length=20,
                        verbose_name="why without consent",
                    ),
                ),
                (
                    "distance_miles",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, verbose_name="miles away"
                    ),
                ),
                (
                    "occasion",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("accepted", "Accepted for treatment"),
                            ("drug_changed", "Type or dosage of the drug changed"),
                            ("interrupted", "Treatment interrupted"),
                            ("resumed", "Treatment resumed"),
                            ("terminated", "Treatment terminated"),
                        ],
                        max_length=12,
                        verbose_name="occasion",
                    ),
                ),
                (
                    "court_section",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("2_64", "2.64, other than criminal"),
                            ("2_65", "2.65, to investigate or prosecute a patient"),
                            ("2_66", "2.66, to investigate or prosecute the program"),
                            ("2_67", "2.67, to place an undercover agent"),
                        ],
                        max_length=4,
                        verbose_name="order under",
                    ),
                ),
                (
                    "order_reference",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="court and number of the order"
                    ),
                ),
                (
                    "subpoena_reference",
                    models.CharField(
                        blank=True, max_length=200, verbose_name="subpoena or mandate"
                    ),
                ),
                (
                    "order_information",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("identity", "Name, birth date, contact details"),
                                ("attendance", "Visits kept and missed"),
                                ("dates", "Dates of admission, change and discharge"),
                                ("diagnoses", "Diagnoses and substance use"),
                                ("plan", "Treatment plan"),
                                ("medication", "Medication and doses"),
                                ("drug_tests", "Drug tests"),
                                ("assessments", "Assessments and events"),
                                ("counselling_notes", "SUD counselling notes"),
                            ],
                            max_length=30,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="what the order covers",
                    ),
                ),
                (
                    "order_reaches_communications",
                    models.BooleanField(
                        default=False, verbose_name="the order reaches confidential communications"
                    ),
                ),
                (
                    "authority_reference",
                    models.CharField(
                        blank=True,
                        max_length=300,
                        verbose_name="authority to audit, or approval of the research",
                    ),
                ),
                (
                    "agreement_reference",
                    models.CharField(blank=True, max_length=300, verbose_name="written agreement"),
                ),
                (
                    "consent",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disclosures",
                        to="patients.consent",
                    ),
                ),
                (
                    "disclosed_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disclosures_made",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="disclosures",
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
                "verbose_name": "disclosure",
            },
        ),
        migrations.CreateModel(
            name="PrivacyNotice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("version", models.CharField(max_length=60, verbose_name="version of the notice")),
                ("given_date", models.DateField(verbose_name="given on")),
                (
                    "method",
                    models.CharField(
                        choices=[
                            ("paper", "On paper"),
                            ("electronic", "Electronically"),
                            ("read_aloud", "Read aloud"),
                        ],
                        max_length=12,
                        verbose_name="how",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="privacy_notices",
                        to="patients.patient",
                    ),
                ),
                (
                    "recorded_by",
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
                "verbose_name": "privacy notice",
            },
        ),
        migrations.CreateModel(
            name="RestrictionRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                ("requested_date", models.DateField(verbose_name="asked on")),
                ("request", models.CharField(max_length=500, verbose_name="what was asked")),
                (
                    "information",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("identity", "Name, birth date, contact details"),
                                ("attendance", "Visits kept and missed"),
                                ("dates", "Dates of admission, change and discharge"),
                                ("diagnoses", "Diagnoses and substance use"),
                                ("plan", "Treatment plan"),
                                ("medication", "Medication and doses"),
                                ("drug_tests", "Drug tests"),
                                ("assessments", "Assessments and events"),
                                ("counselling_notes", "SUD counselling notes"),
                            ],
                            max_length=30,
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="what should not be disclosed",
                    ),
                ),
                (
                    "purposes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("treatment", "Treatment"),
                                ("payment", "Payment"),
                                ("operations", "Health care operations"),
                                ("at_request", "At the request of the patient"),
                                ("benefits", "Benefits, housing or work"),
                                ("family", "Telling family or friends"),
                                ("criminal_justice", "Supervision after a court's referral"),
                                ("multiple_enrolment", "Preventing multiple enrolment"),
                                ("legal_proceedings", "Legal proceedings"),
                                ("audit", "Audit or evaluation"),
                                ("research", "Research"),
                                ("other", "Another purpose, in words"),
                            ],
                            max_length=30,
                        ),
                        size=None,
                        verbose_name="for which purposes",
                    ),
                ),
                (
                    "to_health_plan",
                    models.BooleanField(default=False, verbose_name="to a health plan"),
                ),
                ("recipient", models.CharField(blank=True, max_length=300, verbose_name="to whom")),
                (
                    "is_paid_in_full",
                    models.BooleanField(
                        default=False, verbose_name="the service was paid in full, not by the plan"
                    ),
                ),
                (
                    "decision",
                    models.CharField(
                        choices=[("agreed", "Agreed"), ("refused", "Refused")],
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                ("reason", models.CharField(max_length=500, verbose_name="reason")),
                ("decided_at", models.DateTimeField(verbose_name="decided at")),
                (
                    "decided_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restrictions_decided",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="restriction_requests",
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
                "verbose_name": "restriction request",
            },
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                fields=["patient", "-date_signed", "-id"], name="consent_of_patient"
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(
                fields=["site", "-date_signed", "-id"], name="consent_newest_at_site"
            ),
        ),
        migrations.AddIndex(
            model_name="consent",
            index=models.Index(fields=["-date_signed", "-id"], name="consent_newest"),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.UniqueConstraint(
                fields=("id", "patient", "site"), name="consent_is_of_its_patient"
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        ["tpo", "specific", "counselling_notes", "legal_proceedings", "registry"],
                    )
                ),
                name="consent_known_kind",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("discloser__regex", "\\S")), name="consent_names_discloser"
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("information__len__gt", 0),
                    (
                        "information__contained_by",
                        [
                            "identity",
                            "attendance",
                            "dates",
                            "diagnoses",
                            "plan",
                            "medication",
                            "drug_tests",
                            "assessments",
                            "counselling_notes",
                        ],
                    ),
                    ("information_detail__regex", "\\S"),
                ),
                name="consent_describes_information",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("recipients__len__gt", 0)), name="consent_names_recipients"
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("intermediary__regex", "\\S"), ("intermediary_participants__regex", "\\S")
                    ),
                    models.Q(("intermediary", ""), ("intermediary_participants", "")),
                    _connector="OR",
                ),
                name="consent_intermediary_has_participants",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("purposes__len__gt", 0),
                    (
                        "purposes__contained_by",
                        [
                            "treatment",
                            "payment",
                            "operations",
                            "at_request",
                            "benefits",
                            "family",
                            "criminal_justice",
                            "multiple_enrolment",
                            "legal_proceedings",
                            "audit",
                            "research",
                            "other",
                        ],
                    ),
                ),
                name="consent_has_purposes",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("purposes__contains", ["other"]), _negated=True),
                    ("purpose_detail__regex", "\\S"),
                    _connector="OR",
                ),
                name="consent_other_purpose_in_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("how_to_revoke__regex", "\\S")),
                name="consent_says_how_to_revoke",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("expiration", "date"), ("expiry_date__isnull", False), ("expiry_event", "")
                    ),
                    models.Q(
                        ("expiration", "event"),
                        ("expiry_date__isnull", True),
                        ("expiry_event__regex", "\\S"),
                    ),
                    models.Q(
                        ("expiration__in", ["end_of_treatment", "none"]),
                        ("expiry_date__isnull", True),
                        ("expiry_event", ""),
                    ),
                    _connector="OR",
                ),
                name="consent_expires_as_it_says",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("expiration__in", ["end_of_treatment", "none"]), _negated=True),
                    ("kind", "tpo"),
                    _connector="OR",
                ),
                name="consent_open_ended_only_for_tpo",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("expiry_date__isnull", True),
                    ("expiry_date__gte", models.F("date_signed")),
                    _connector="OR",
                ),
                name="consent_expires_after_it_is_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "tpo"),
                        models.Q(
                            ("purposes__overlap", ["treatment", "payment", "operations"]),
                            ("to_covered_entity", True),
                        ),
                        _connector="OR",
                        _negated=True,
                    ),
                    ("states_hipaa_redisclosure", True),
                    _connector="OR",
                ),
                name="consent_has_redisclosure_statement",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "tpo"), _negated=True),
                    models.Q(("states_consequences", True), ("states_loss_of_protection", True)),
                    _connector="OR",
                ),
                name="consent_has_tpo_statements",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "tpo"), _negated=True),
                    models.Q(
                        ("purposes__contains", ["treatment", "payment", "operations"]),
                        ("purposes__contained_by", ["treatment", "payment", "operations"]),
                    ),
                    _connector="OR",
                ),
                name="consent_tpo_is_for_all_three",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "counselling_notes"),
                        ("information__contains", ["counselling_notes"]),
                        ("information__contained_by", ["counselling_notes"]),
                        ("is_condition_of_treatment", False),
                    ),
                    models.Q(
                        models.Q(("kind", "counselling_notes"), _negated=True),
                        models.Q(("information__contains", ["counselling_notes"]), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="consent_for_notes_is_for_nothing_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "legal_proceedings"),
                        ("purposes__contains", ["legal_proceedings"]),
                        ("purposes__contained_by", ["legal_proceedings"]),
                    ),
                    models.Q(
                        models.Q(("kind", "legal_proceedings"), _negated=True),
                        models.Q(("purposes__contains", ["legal_proceedings"]), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="consent_for_proceedings_is_for_nothing_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("kind", "registry"),
                        ("purposes__contains", ["multiple_enrolment"]),
                        ("purposes__contained_by", ["multiple_enrolment"]),
                        ("information__contained_by", ["identity", "medication", "dates"]),
                    ),
                    models.Q(
                        models.Q(("kind", "registry"), _negated=True),
                        models.Q(("purposes__contains", ["multiple_enrolment"]), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="consent_for_registry_is_for_nothing_else",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("signed_by__regex", "\\S"),
                    ("signature_form__in", ["paper", "electronic"]),
                    models.Q(
                        ("signed_for", "self"),
                        models.Q(
                            ("signed_for__in", ["minor", "representative"]),
                            ("signer_capacity__regex", "\\S"),
                        ),
                        _connector="OR",
                    ),
                ),
                name="consent_is_signed",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("end_note", ""),
                        ("end_reason", ""),
                        ("ended_at__isnull", True),
                        ("ended_by__isnull", True),
                    ),
                    models.Q(
                        ("ended_at__isnull", False),
                        ("ended_by__isnull", False),
                        ("end_reason__in", ["revoked", "event", "false"]),
                        ("end_note__regex", "\\S"),
                    ),
                    _connector="OR",
                ),
                name="consent_ends_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("end_reason", "event"), _negated=True),
                    ("expiration", "event"),
                    _connector="OR",
                ),
                name="consent_event_comes_only_if_named",
            ),
        ),
        migrations.AddIndex(
            model_name="disclosure",
            index=models.Index(
                fields=["patient", "-disclosed_at", "-id"], name="disclosure_of_patient"
            ),
        ),
        migrations.AddIndex(
            model_name="disclosure",
            index=models.Index(
                fields=["site", "-disclosed_at", "-id"], name="disclosure_newest_at_site"
            ),
        ),
        migrations.AddIndex(
            model_name="disclosure",
            index=models.Index(fields=["-disclosed_at", "-id"], name="disclosure_newest"),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "basis__in",
                        ["consent", "registry", "emergency", "research", "audit", "court_order"],
                    )
                ),
                name="disclosure_known_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("recipient__regex", "\\S"),
                    ("recipient_address__regex", "\\S"),
                    (
                        "recipient_kind__in",
                        [
                            "treating_provider",
                            "health_plan",
                            "third_party_payer",
                            "program_helper",
                            "intermediary",
                            "registry",
                            "treatment_program",
                            "medical_personnel",
                            "auditor",
                            "researcher",
                            "court",
                            "other",
                        ],
                    ),
                ),
                name="disclosure_says_to_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("information__len__gt", 0),
                    (
                        "information__contained_by",
                        [
                            "identity",
                            "attendance",
                            "dates",
                            "diagnoses",
                            "plan",
                            "medication",
                            "drug_tests",
                            "assessments",
                            "counselling_notes",
                        ],
                    ),
                    ("information_detail__regex", "\\S"),
                ),
                name="disclosure_says_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "purpose__in",
                        [
                            "treatment",
                            "payment",
                            "operations",
                            "at_request",
                            "benefits",
                            "family",
                            "criminal_justice",
                            "multiple_enrolment",
                            "legal_proceedings",
                            "audit",
                            "research",
                            "other",
                        ],
                    )
                ),
                name="disclosure_known_purpose",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(("discloser_name__regex", "\\S")), name="disclosure_says_by_whom"
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("basis__in", ("consent", "registry")),
                        ("consent__isnull", False),
                        ("notice_form__in", ["short", "long"]),
                        ("scope__regex", "\\S"),
                    ),
                    models.Q(
                        models.Q(("basis__in", ("consent", "registry")), _negated=True),
                        ("consent__isnull", True),
                        ("notice_form", ""),
                        ("scope", ""),
                    ),
                    _connector="OR",
                ),
                name="disclosure_with_consent_has_its_notice",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis", "emergency"), _negated=True),
                    models.Q(
                        ("medical_person__regex", "\\S"),
                        ("medical_facility__regex", "\\S"),
                        ("emergency_nature__regex", "\\S"),
                        ("emergency_ground__in", ["no_consent_possible", "declared_disaster"]),
                    ),
                    _connector="OR",
                ),
                name="disclosure_in_emergency_is_documented",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis", "registry"), _negated=True),
                    models.Q(
                        ("distance_miles__isnull", False),
                        ("distance_miles__lte", 200),
                        (
                            "occasion__in",
                            ["accepted", "drug_changed", "interrupted", "resumed", "terminated"],
                        ),
                        ("information__contained_by", ["identity", "medication", "dates"]),
                    ),
                    _connector="OR",
                ),
                name="disclosure_to_registry_is_near_and_small",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis", "court_order"), _negated=True),
                    models.Q(
                        ("court_section__in", ["2_64", "2_65", "2_66", "2_67"]),
                        models.Q(("court_section", "2_67"), _negated=True),
                        ("order_reference__regex", "\\S"),
                        ("subpoena_reference__regex", "\\S"),
                    ),
                    _connector="OR",
                ),
                name="disclosure_to_court_has_order_and_subpoena",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("basis__in", ["audit", "research"]), _negated=True),
                    models.Q(
                        ("authority_reference__regex", "\\S"), ("agreement_reference__regex", "\\S")
                    ),
                    _connector="OR",
                ),
                name="disclosure_to_auditor_or_researcher_is_agreed",
            ),
        ),
        migrations.AddIndex(
            model_name="privacynotice",
            index=models.Index(fields=["patient", "-given_date", "-id"], name="notice_of_patient"),
        ),
        migrations.AddIndex(
            model_name="privacynotice",
            index=models.Index(fields=["site", "-given_date", "-id"], name="notice_newest_at_site"),
        ),
        migrations.AddIndex(
            model_name="privacynotice",
            index=models.Index(fields=["-given_date", "-id"], name="notice_newest"),
        ),
        migrations.AddConstraint(
            model_name="privacynotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("version__regex", "\\S")), name="privacy_notice_has_a_version"
            ),
        ),
        migrations.AddConstraint(
            model_name="privacynotice",
            constraint=models.CheckConstraint(
                condition=models.Q(("method__in", ["paper", "electronic", "read_aloud"])),
                name="privacy_notice_known_method",
            ),
        ),
        migrations.AddIndex(
            model_name="restrictionrequest",
            index=models.Index(
                fields=["patient", "-requested_date", "-id"], name="restriction_of_patient"
            ),
        ),
        migrations.AddIndex(
            model_name="restrictionrequest",
            index=models.Index(
                fields=["site", "-requested_date", "-id"], name="restriction_newest_at_site"
            ),
        ),
        migrations.AddIndex(
            model_name="restrictionrequest",
            index=models.Index(fields=["-requested_date", "-id"], name="restriction_newest"),
        ),
        migrations.AddConstraint(
            model_name="restrictionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("request__regex", "\\S")),
                name="restriction_says_what_was_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason__regex", "\\S")), name="restriction_has_a_reason"
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("decision__in", ["agreed", "refused"])),
                name="restriction_known_decision",
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("purposes__len__gt", 0),
                    ("purposes__contained_by", ["treatment", "payment", "operations"]),
                ),
                name="restriction_is_of_tpo",
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "information__contained_by",
                        [
                            "identity",
                            "attendance",
                            "dates",
                            "diagnoses",
                            "plan",
                            "medication",
                            "drug_tests",
                            "assessments",
                            "counselling_notes",
                        ],
                    )
                ),
                name="restriction_known_information",
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("is_paid_in_full", True),
                        ("to_health_plan", True),
                        ("purposes__contained_by", ["payment", "operations"]),
                        _negated=True,
                    ),
                    ("decision", "agreed"),
                    _connector="OR",
                ),
                name="restriction_must_be_agreed",
            ),
        ),
        migrations.RunSQL(KEEP, LET_GO),
    ]
