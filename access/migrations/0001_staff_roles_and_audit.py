import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

# The trail is append-only in the database itself, for every row and whoever writes it.
REFUSE_CHANGES = """
CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE ON access_auditentry
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
"""
ALLOW_CHANGES = """
DROP TRIGGER audit_is_append_only ON access_auditentry;
DROP FUNCTION audit_is_append_only();
"""


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Site",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                (
                    "neutral_name",
                    models.CharField(
                        help_text="Says nothing about what kind of clinic this is; patients' phones are shared.",
                        max_length=60,
                        verbose_name="name used in messages",
                    ),
                ),
                ("phone", models.CharField(blank=True, max_length=40, verbose_name="phone")),
                ("address", models.CharField(blank=True, max_length=300, verbose_name="address")),
                (
                    "time_zone",
                    models.CharField(
                        default="America/New_York", max_length=64, verbose_name="time zone"
                    ),
                ),
            ],
            options={
                "verbose_name": "site",
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                (
                    "last_login",
                    models.DateTimeField(blank=True, null=True, verbose_name="last login"),
                ),
                ("email", models.EmailField(max_length=254, unique=True, verbose_name="e-mail")),
                ("name", models.CharField(max_length=200, verbose_name="name")),
                ("is_active", models.BooleanField(default=True, verbose_name="may sign in")),
                (
                    "is_service",
                    models.BooleanField(
                        default=False, editable=False, verbose_name="service account"
                    ),
                ),
                ("created_at", models.DateTimeField(editable=False, verbose_name="created at")),
            ],
            options={
                "verbose_name": "staff account",
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("email"),
                        name="staff_account_one_per_email",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=100, verbose_name="what it is for")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("created_at", models.DateTimeField(editable=False)),
                ("expires_at", models.DateTimeField(verbose_name="expires at")),
                (
                    "revoked_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="revoked at"),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="api_tokens",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "API token",
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="at")),
                ("actor_id", models.BigIntegerField(null=True, verbose_name="actor id")),
                ("actor_label", models.CharField(max_length=200, verbose_name="who")),
                ("action", models.CharField(max_length=60, verbose_name="action")),
                ("object_type", models.CharField(max_length=60, verbose_name="kind of record")),
                ("object_id", models.BigIntegerField(null=True, verbose_name="record id")),
                ("patient_id", models.BigIntegerField(null=True, verbose_name="patient id")),
                ("site_id", models.BigIntegerField(null=True, verbose_name="site id")),
                ("detail", models.JSONField(default=dict, verbose_name="detail")),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["patient_id", "-at"], name="audit_by_patient"),
                    models.Index(fields=["actor_id", "-at"], name="audit_by_actor"),
                    models.Index(fields=["site_id", "-at"], name="audit_by_site"),
                    models.Index(fields=["-at", "-id"], name="audit_newest_first"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleAssignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("prescriber", "Prescriber"),
                            ("nurse", "Nurse"),
                            ("counsellor", "Counsellor"),
                            ("case_manager", "Case manager"),
                            ("front_desk", "Front desk"),
                            ("clinical_director", "Clinical director"),
                            ("privacy_officer", "Privacy officer"),
                            ("system_administrator", "System administrator"),
                        ],
                        max_length=30,
                        verbose_name="role",
                    ),
                ),
                ("granted_at", models.DateTimeField(editable=False, verbose_name="granted at")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="role_assignments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="role_assignments",
                        to="access.site",
                    ),
                ),
            ],
            options={
                "verbose_name": "role at a site",
                "verbose_name_plural": "roles at sites",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("user", "site", "role"), name="role_assignment_held_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "role__in",
                                [
                                    "prescriber",
                                    "nurse",
                                    "counsellor",
                                    "case_manager",
                                    "front_desk",
                                    "clinical_director",
                                    "privacy_officer",
                                    "system_administrator",
                                ],
                            )
                        ),
                        name="role_assignment_known_role",
                    ),
                ],
            },
        ),
        migrations.RunSQL(REFUSE_CHANGES, ALLOW_CHANGES),
    ]
