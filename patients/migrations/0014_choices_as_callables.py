"""Take choices out of the migrations, and use the field's words in labels. Changes no table."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

import patients.enums
import vault.encrypted_fields


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0013_episode_discharged_at"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="pendingrestriction",
            options={
                "verbose_name": "undecided restriction request",
                "verbose_name_plural": "undecided restriction requests",
            },
        ),
        migrations.AlterField(
            model_name="assessment",
            name="instrument",
            field=models.CharField(
                choices=patients.enums.Instrument.as_choices,
                max_length=20,
                verbose_name="instrument",
            ),
        ),
        migrations.AlterField(
            model_name="clinicalevent",
            name="kind",
            field=models.CharField(
                choices=patients.enums.EventKind.as_choices,
                max_length=20,
                verbose_name="what happened",
            ),
        ),
        migrations.AlterField(
            model_name="clinicalevent",
            name="substance",
            field=models.CharField(
                blank=True,
                choices=patients.enums.Substance.as_choices,
                max_length=30,
                verbose_name="substance",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="end_reason",
            field=models.CharField(
                blank=True,
                choices=patients.enums.ConsentEnd.as_choices,
                max_length=10,
                verbose_name="end reason",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="expiration",
            field=models.CharField(
                choices=patients.enums.Expiration.as_choices, max_length=20, verbose_name="expires"
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="expiry_date",
            field=models.DateField(blank=True, null=True, verbose_name="expiry date"),
        ),
        migrations.AlterField(
            model_name="consent",
            name="how_to_revoke",
            field=vault.encrypted_fields.EncryptedCharField(
                max_length=500, verbose_name="how to revoke"
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="information",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=patients.enums.Information.as_choices, max_length=30
                ),
                size=None,
                verbose_name="what may be disclosed",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="information_detail",
            field=vault.encrypted_fields.EncryptedCharField(
                max_length=500, verbose_name="specific description"
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="intermediary",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=200, verbose_name="intermediary"
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="intermediary_participants",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=500, verbose_name="recipients at the intermediary"
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="kind",
            field=models.CharField(
                choices=patients.enums.ConsentKind.as_choices, max_length=20, verbose_name="kind"
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="purpose_detail",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=300, verbose_name="description of the purpose"
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="purposes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=patients.enums.Purpose.as_choices, max_length=30
                ),
                size=None,
                verbose_name="purposes",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="recipients",
            field=vault.encrypted_fields.EncryptedListField(verbose_name="recipients"),
        ),
        migrations.AlterField(
            model_name="consent",
            name="signature_form",
            field=models.CharField(
                choices=patients.enums.SignatureForm.as_choices,
                max_length=12,
                verbose_name="how it was signed",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="signed_for",
            field=models.CharField(
                choices=patients.enums.SignedFor.as_choices,
                default="self",
                max_length=20,
                verbose_name="signer",
            ),
        ),
        migrations.AlterField(
            model_name="consent",
            name="signer_capacity",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=200, verbose_name="signer's capacity"
            ),
        ),
        migrations.AlterField(
            model_name="contactpoint",
            name="kind",
            field=models.CharField(
                choices=patients.enums.ContactKind.as_choices, max_length=10, verbose_name="kind"
            ),
        ),
        migrations.AlterField(
            model_name="contactpoint",
            name="may_leave_message",
            field=models.BooleanField(default=False, verbose_name="may leave a message"),
        ),
        migrations.AlterField(
            model_name="contactpoint",
            name="may_send_messages",
            field=models.BooleanField(default=False, verbose_name="messages allowed"),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="basis",
            field=models.CharField(
                choices=patients.enums.Basis.as_choices, max_length=12, verbose_name="basis"
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="court_section",
            field=models.CharField(
                blank=True,
                choices=patients.enums.CourtSection.as_choices,
                max_length=4,
                verbose_name="court order under",
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="discloser_name",
            field=models.CharField(max_length=200, verbose_name="disclosed by"),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="distance_miles",
            field=models.PositiveSmallIntegerField(
                blank=True, null=True, verbose_name="distance in miles"
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="emergency_ground",
            field=models.CharField(
                blank=True,
                choices=patients.enums.EmergencyGround.as_choices,
                max_length=20,
                verbose_name="reason for no consent",
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="information",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=patients.enums.Information.as_choices, max_length=30
                ),
                size=None,
                verbose_name="what",
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="information_detail",
            field=vault.encrypted_fields.EncryptedCharField(
                max_length=500, verbose_name="description of the information"
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="named_as",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=300, verbose_name="as named in the consent"
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="notice_form",
            field=models.CharField(
                blank=True,
                choices=patients.enums.NoticeForm.as_choices,
                max_length=10,
                verbose_name="notice sent with it",
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="occasion",
            field=models.CharField(
                blank=True,
                choices=patients.enums.RegistryOccasion.as_choices,
                max_length=12,
                verbose_name="occasion",
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="order_information",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=patients.enums.Information.as_choices, max_length=30
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="what the order covers",
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="order_reaches_communications",
            field=models.BooleanField(
                default=False, verbose_name="the order covers confidential communications"
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="purpose",
            field=models.CharField(
                choices=patients.enums.Purpose.as_choices, max_length=20, verbose_name="purpose"
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="purpose_detail",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=300, verbose_name="description of the purpose"
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="recipient",
            field=vault.encrypted_fields.EncryptedCharField(
                max_length=300, verbose_name="recipient"
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="recipient_kind",
            field=models.CharField(
                choices=patients.enums.RecipientKind.as_choices,
                max_length=20,
                verbose_name="kind of recipient",
            ),
        ),
        migrations.AlterField(
            model_name="disclosure",
            name="through_record",
            field=models.BooleanField(
                default=True,
                help_text="Not by phone or on paper from elsewhere.",
                verbose_name="sent from this record",
            ),
        ),
        migrations.AlterField(
            model_name="emergencycontact",
            name="knows_of_treatment",
            field=models.BooleanField(
                default=False,
                help_text="If not, never mention what kind of clinic is calling.",
                verbose_name="knows about the treatment",
            ),
        ),
        migrations.AlterField(
            model_name="episode",
            name="discharge_reason",
            field=models.CharField(
                blank=True,
                choices=patients.enums.DischargeReason.as_choices,
                max_length=20,
                verbose_name="discharge reason",
            ),
        ),
        migrations.AlterField(
            model_name="episode",
            name="referral_source",
            field=models.CharField(
                choices=patients.enums.ReferralSource.as_choices,
                default="unknown",
                max_length=20,
                verbose_name="referred by",
            ),
        ),
        migrations.AlterField(
            model_name="patient",
            name="sex",
            field=models.CharField(
                choices=patients.enums.Sex.as_choices,
                default="unknown",
                max_length=10,
                verbose_name="sex",
            ),
        ),
        migrations.AlterField(
            model_name="pendingrestriction",
            name="asked_date",
            field=models.DateField(verbose_name="requested on"),
        ),
        migrations.AlterField(
            model_name="pendingrestriction",
            name="request",
            field=vault.encrypted_fields.EncryptedCharField(max_length=500, verbose_name="request"),
        ),
        migrations.AlterField(
            model_name="privacynotice",
            name="method",
            field=models.CharField(
                choices=patients.enums.NoticeMethod.as_choices, max_length=12, verbose_name="how"
            ),
        ),
        migrations.AlterField(
            model_name="privacynotice",
            name="version",
            field=models.CharField(max_length=60, verbose_name="notice version"),
        ),
        migrations.AlterField(
            model_name="restrictionend",
            name="ground",
            field=models.CharField(
                choices=patients.enums.RestrictionEndGround.as_choices,
                max_length=20,
                verbose_name="how",
            ),
        ),
        migrations.AlterField(
            model_name="restrictionend",
            name="words",
            field=vault.encrypted_fields.EncryptedCharField(
                max_length=500, verbose_name="patient's statement"
            ),
        ),
        migrations.AlterField(
            model_name="restrictionrequest",
            name="decision",
            field=models.CharField(
                choices=patients.enums.RestrictionDecision.as_choices,
                max_length=10,
                verbose_name="decision",
            ),
        ),
        migrations.AlterField(
            model_name="restrictionrequest",
            name="information",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=patients.enums.Information.as_choices, max_length=30
                ),
                blank=True,
                default=list,
                size=None,
                verbose_name="what should not be disclosed",
            ),
        ),
        migrations.AlterField(
            model_name="restrictionrequest",
            name="purposes",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=patients.enums.Purpose.as_choices, max_length=30
                ),
                size=None,
                verbose_name="purposes",
            ),
        ),
        migrations.AlterField(
            model_name="restrictionrequest",
            name="recipient",
            field=vault.encrypted_fields.EncryptedCharField(
                blank=True, max_length=300, verbose_name="recipient"
            ),
        ),
        migrations.AlterField(
            model_name="restrictionrequest",
            name="request",
            field=vault.encrypted_fields.EncryptedCharField(max_length=500, verbose_name="request"),
        ),
        migrations.AlterField(
            model_name="restrictionrequest",
            name="requested_date",
            field=models.DateField(verbose_name="requested on"),
        ),
        migrations.AlterField(
            model_name="restrictionrequest",
            name="wish",
            field=models.OneToOneField(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="restriction",
                to="patients.pendingrestriction",
                verbose_name="original request",
            ),
        ),
        migrations.AlterField(
            model_name="substanceuse",
            name="frequency",
            field=models.CharField(
                choices=patients.enums.UseFrequency.as_choices,
                default="unknown",
                max_length=10,
                verbose_name="frequency",
            ),
        ),
        migrations.AlterField(
            model_name="substanceuse",
            name="is_primary",
            field=models.BooleanField(default=False, verbose_name="primary substance"),
        ),
        migrations.AlterField(
            model_name="substanceuse",
            name="route",
            field=models.CharField(
                choices=patients.enums.Route.as_choices,
                default="unknown",
                max_length=10,
                verbose_name="usual route",
            ),
        ),
        migrations.AlterField(
            model_name="substanceuse",
            name="substance",
            field=models.CharField(
                choices=patients.enums.Substance.as_choices, max_length=30, verbose_name="substance"
            ),
        ),
    ]
