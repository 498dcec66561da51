import django.db.models.lookups
from django.conf import settings
from django.db import migrations, models

import patients.identity
import vault.encrypted_fields
import vault.migration_operations
from vault.migration_operations import fill_blind_indexes


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0010_seal_what_is_written"),
        ("patients", "0008_consent_and_disclosure"),
        ("vault", "0001_sealed"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_names_discloser",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_describes_information",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_names_recipients",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_intermediary_has_participants",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_other_purpose_in_words",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_says_how_to_revoke",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_expires_as_it_says",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_is_signed",
        ),
        migrations.RemoveConstraint(
            model_name="consent",
            name="consent_ends_for_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="contactpoint",
            name="contact_point_listed_once",
        ),
        migrations.RemoveConstraint(
            model_name="disclosure",
            name="disclosure_says_to_whom",
        ),
        migrations.RemoveConstraint(
            model_name="disclosure",
            name="disclosure_says_what",
        ),
        migrations.RemoveConstraint(
            model_name="disclosure",
            name="disclosure_with_consent_has_its_notice",
        ),
        migrations.RemoveConstraint(
            model_name="disclosure",
            name="disclosure_in_emergency_is_documented",
        ),
        migrations.RemoveConstraint(
            model_name="disclosure",
            name="disclosure_to_court_has_order_and_subpoena",
        ),
        migrations.RemoveConstraint(
            model_name="disclosure",
            name="disclosure_to_auditor_or_researcher_is_agreed",
        ),
        migrations.RemoveConstraint(
            model_name="identifier",
            name="identifier_names_one_person_at_a_site",
        ),
        migrations.RemoveConstraint(
            model_name="restrictionrequest",
            name="restriction_says_what_was_asked",
        ),
        migrations.RemoveConstraint(
            model_name="restrictionrequest",
            name="restriction_has_a_reason",
        ),
        vault.migration_operations.EncryptColumns(
            model_name="clinicalevent",
            fields={
                "note": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=500, verbose_name="note"
                )
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="consent",
            fields={
                "discloser": vault.encrypted_fields.EncryptedCharField(
                    max_length=300, verbose_name="who may disclose"
                ),
                "end_note": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="how"
                ),
                "expiry_event": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="event"
                ),
                "how_to_revoke": vault.encrypted_fields.EncryptedCharField(
                    max_length=500, verbose_name="right to revoke, and how"
                ),
                "information_detail": vault.encrypted_fields.EncryptedCharField(
                    max_length=500, verbose_name="described specifically"
                ),
                "intermediary": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=200, verbose_name="through which intermediary"
                ),
                "intermediary_participants": vault.encrypted_fields.EncryptedCharField(
                    blank=True,
                    max_length=500,
                    verbose_name="who receives it through the intermediary",
                ),
                "purpose_detail": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="the purpose in words"
                ),
                "recipients": vault.encrypted_fields.EncryptedListField(verbose_name="to whom"),
                "signed_by": vault.encrypted_fields.EncryptedCharField(
                    max_length=200, verbose_name="signed by"
                ),
                "signer_capacity": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=200, verbose_name="in which capacity"
                ),
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="contactpoint",
            fields={
                "value": vault.encrypted_fields.EncryptedCharField(
                    max_length=254, verbose_name="number or address"
                )
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="disclosure",
            fields={
                "agreement_reference": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="written agreement"
                ),
                "authority_reference": vault.encrypted_fields.EncryptedCharField(
                    blank=True,
                    max_length=300,
                    verbose_name="authority to audit, or approval of the research",
                ),
                "emergency_nature": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=500, verbose_name="nature of the emergency"
                ),
                "information_detail": vault.encrypted_fields.EncryptedCharField(
                    max_length=500, verbose_name="what, in words"
                ),
                "medical_facility": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=200, verbose_name="their facility"
                ),
                "medical_person": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=200, verbose_name="medical personnel"
                ),
                "named_as": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="as the consent names them"
                ),
                "order_reference": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=200, verbose_name="court and number of the order"
                ),
                "purpose_detail": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="the purpose in words"
                ),
                "recipient": vault.encrypted_fields.EncryptedCharField(
                    max_length=300, verbose_name="to whom"
                ),
                "recipient_address": vault.encrypted_fields.EncryptedCharField(
                    max_length=300, verbose_name="address"
                ),
                "scope": vault.encrypted_fields.EncryptedTextField(
                    blank=True, verbose_name="scope of the consent, sent with it"
                ),
                "subpoena_reference": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=200, verbose_name="subpoena or mandate"
                ),
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="emergencycontact",
            fields={
                "name": vault.encrypted_fields.EncryptedCharField(
                    max_length=200, verbose_name="name"
                ),
                "phone": vault.encrypted_fields.EncryptedCharField(
                    max_length=40, verbose_name="phone"
                ),
                "relationship": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=60, verbose_name="relationship"
                ),
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="identifier",
            fields={
                "value": vault.encrypted_fields.EncryptedCharField(
                    max_length=100, verbose_name="value"
                )
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="patient",
            fields={
                "gender_identity": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=60, verbose_name="gender identity"
                ),
                "pronouns": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=40, verbose_name="pronouns"
                ),
            },
        ),
        vault.migration_operations.EncryptColumns(
            model_name="restrictionrequest",
            fields={
                "reason": vault.encrypted_fields.EncryptedCharField(
                    max_length=500, verbose_name="reason"
                ),
                "recipient": vault.encrypted_fields.EncryptedCharField(
                    blank=True, max_length=300, verbose_name="to whom"
                ),
                "request": vault.encrypted_fields.EncryptedCharField(
                    max_length=500, verbose_name="what was asked"
                ),
            },
        ),
        migrations.AddField(
            model_name="contactpoint",
            name="value_hash",
            field=vault.encrypted_fields.BlindIndexField(
                normal=patients.identity.reach_key, null=True, of="value"
            ),
        ),
        migrations.RunPython(
            fill_blind_indexes("patients", "contactpoint"), migrations.RunPython.noop
        ),
        migrations.AlterField(
            model_name="contactpoint",
            name="value_hash",
            field=vault.encrypted_fields.BlindIndexField(
                normal=patients.identity.reach_key, of="value"
            ),
        ),
        migrations.AddField(
            model_name="identifier",
            name="value_hash",
            field=vault.encrypted_fields.BlindIndexField(
                normal=patients.identity.identifier_key, null=True, of="value"
            ),
        ),
        migrations.RunPython(
            fill_blind_indexes("patients", "identifier"), migrations.RunPython.noop
        ),
        migrations.AlterField(
            model_name="identifier",
            name="value_hash",
            field=vault.encrypted_fields.BlindIndexField(
                normal=patients.identity.identifier_key, of="value"
            ),
        ),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(fields=["value_hash"], name="contact_point_by_value"),
        ),
        migrations.AddIndex(
            model_name="identifier",
            index=models.Index(fields=["value_hash"], name="identifier_by_value"),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("discloser", ""), _negated=True), name="consent_names_discloser"
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
                    models.Q(("information_detail", ""), _negated=True),
                ),
                name="consent_describes_information",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("recipients", ""), _negated=True),
                name="consent_names_recipients",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        models.Q(("intermediary", ""), _negated=True),
                        models.Q(("intermediary_participants", ""), _negated=True),
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
                    models.Q(("purposes__contains", ["other"]), _negated=True),
                    models.Q(("purpose_detail", ""), _negated=True),
                    _connector="OR",
                ),
                name="consent_other_purpose_in_words",
            ),
        ),
        migrations.AddConstraint(
            model_name="consent",
            constraint=models.CheckConstraint(
                condition=models.Q(("how_to_revoke", ""), _negated=True),
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
                        models.Q(("expiry_event", ""), _negated=True),
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
                    models.Q(("signed_by", ""), _negated=True),
                    ("signature_form__in", ["paper", "electronic"]),
                    models.Q(
                        ("signed_for", "self"),
                        models.Q(
                            ("signed_for__in", ["minor", "representative"]),
                            models.Q(("signer_capacity", ""), _negated=True),
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
                        models.Q(("end_note", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="consent_ends_for_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.UniqueConstraint(
                fields=("patient", "kind", "value_hash"), name="contact_point_listed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="contactpoint",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.Func(
                        models.F("value_hash"),
                        function="OCTET_LENGTH",
                        output_field=models.IntegerField(),
                    ),
                    32,
                ),
                name="contact_point_has_a_whole_hash",
            ),
        ),
        migrations.AddConstraint(
            model_name="disclosure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("recipient", ""), _negated=True),
                    models.Q(("recipient_address", ""), _negated=True),
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
                    models.Q(("information_detail", ""), _negated=True),
                ),
                name="disclosure_says_what",
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
                        models.Q(("scope", ""), _negated=True),
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
                        models.Q(("medical_person", ""), _negated=True),
                        models.Q(("medical_facility", ""), _negated=True),
                        models.Q(("emergency_nature", ""), _negated=True),
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
                    models.Q(("basis", "court_order"), _negated=True),
                    models.Q(
                        ("court_section__in", ["2_64", "2_65", "2_66", "2_67"]),
                        models.Q(("court_section", "2_67"), _negated=True),
                        models.Q(("order_reference", ""), _negated=True),
                        models.Q(("subpoena_reference", ""), _negated=True),
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
                        models.Q(("authority_reference", ""), _negated=True),
                        models.Q(("agreement_reference", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="disclosure_to_auditor_or_researcher_is_agreed",
            ),
        ),
        migrations.AddConstraint(
            model_name="identifier",
            constraint=models.UniqueConstraint(
                fields=("site", "system", "value_hash"),
                name="identifier_names_one_person_at_a_site",
            ),
        ),
        migrations.AddConstraint(
            model_name="identifier",
            constraint=models.CheckConstraint(
                condition=django.db.models.lookups.Exact(
                    models.Func(
                        models.F("value_hash"),
                        function="OCTET_LENGTH",
                        output_field=models.IntegerField(),
                    ),
                    32,
                ),
                name="identifier_has_a_whole_hash",
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("request", ""), _negated=True),
                name="restriction_says_what_was_asked",
            ),
        ),
        migrations.AddConstraint(
            model_name="restrictionrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("reason", ""), _negated=True), name="restriction_has_a_reason"
            ),
        ),
    ]
