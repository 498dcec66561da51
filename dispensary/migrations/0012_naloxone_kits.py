import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

SAME_AS_PATIENT = """
ALTER TABLE dispensary_naloxoneoffer ADD CONSTRAINT naloxone_is_where_its_patient_is
    FOREIGN KEY (patient_id, site_id)
    REFERENCES patients_patient (id, site_id) DEFERRABLE INITIALLY DEFERRED
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0015_enabled_and_chased"),
        ("dispensary", "0011_call_backs"),
        ("patients", "0011_restrictions_wait_and_end"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="NaloxoneOffer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("recorded_at", models.DateTimeField(editable=False, verbose_name="recorded at")),
                (
                    "answer",
                    models.CharField(
                        choices=[("given", "Given"), ("declined", "Declined")],
                        max_length=8,
                        verbose_name="answer",
                    ),
                ),
                ("offered_date", models.DateField(verbose_name="on")),
                (
                    "product",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("nasal_3_mg", "Nasal spray, 3 mg"),
                            ("nasal_4_mg", "Nasal spray, 4 mg"),
                            ("nasal_8_mg", "Nasal spray, 8 mg"),
                            ("im_0_4_mg_ml", "For injection, 0.4 mg/mL"),
                            ("im_5_mg", "For injection, 5 mg/0.5 mL"),
                        ],
                        max_length=12,
                        verbose_name="product",
                    ),
                ),
                (
                    "number",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="kits"),
                ),
                (
                    "expires_date",
                    models.DateField(blank=True, null=True, verbose_name="expires on"),
                ),
                ("lot", models.CharField(blank=True, max_length=40, verbose_name="lot")),
                (
                    "offered_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="by",
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="naloxone_offers",
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
                "verbose_name": "naloxone offer",
                "indexes": [
                    models.Index(
                        fields=["patient", "-offered_date", "-id"], name="naloxone_of_patient"
                    ),
                    models.Index(fields=["site", "-offered_date", "-id"], name="naloxone_at_site"),
                    models.Index(fields=["-offered_date", "-id"], name="naloxone_newest"),
                    models.Index(
                        condition=models.Q(("answer", "given")),
                        fields=["expires_date"],
                        name="naloxone_expiring",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("answer", "given"),
                                ("expires_date__isnull", False),
                                ("number__gte", 1),
                                ("number__isnull", False),
                                (
                                    "product__in",
                                    [
                                        "nasal_3_mg",
                                        "nasal_4_mg",
                                        "nasal_8_mg",
                                        "im_0_4_mg_ml",
                                        "im_5_mg",
                                    ],
                                ),
                            ),
                            models.Q(
                                ("answer", "declined"),
                                ("expires_date__isnull", True),
                                ("lot", ""),
                                ("number__isnull", True),
                                ("product", ""),
                            ),
                            _connector="OR",
                        ),
                        name="naloxone_given_or_declined",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("expires_date__isnull", True),
                            ("expires_date__gt", models.F("offered_date")),
                            _connector="OR",
                        ),
                        name="naloxone_expires_after_it_is_given",
                    ),
                ],
            },
        ),
        migrations.RunSQL(
            SAME_AS_PATIENT,
            "ALTER TABLE dispensary_naloxoneoffer DROP CONSTRAINT naloxone_is_where_its_patient_is",
        ),
    ]
