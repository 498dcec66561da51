"""The grace to set one up; and what must never be false of allauth's table."""

from django.db import migrations, models

#: The secret of an app is 32 letters of base32: in clear it would look like this.
SEALED = """
ALTER TABLE mfa_authenticator ADD CONSTRAINT factor_secret_is_sealed CHECK (
    type <> 'totp' OR (data->>'secret' IS NOT NULL AND data->>'secret' !~ '^[A-Z2-7=]*$')
);
ALTER TABLE mfa_authenticator ADD CONSTRAINT recovery_seed_is_sealed CHECK (
    type <> 'recovery_codes' OR (data->>'seed' IS NOT NULL AND data->>'seed' !~ '^[0-9a-f]*$')
);
CREATE UNIQUE INDEX passkey_registered_once ON mfa_authenticator ((data->'credential'->>'id'))
    WHERE type = 'webauthn';
CREATE FUNCTION factor_step_only_rises() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.type = 'totp' AND NEW.data->>'secret' = OLD.data->>'secret'
       AND coalesce((NEW.data->>'last_step')::bigint, -1)
           < coalesce((OLD.data->>'last_step')::bigint, -1) THEN
        RAISE EXCEPTION 'A code that was used does not become new again.'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER factor_step_only_rises BEFORE UPDATE ON mfa_authenticator
    FOR EACH ROW EXECUTE FUNCTION factor_step_only_rises();
"""
UNSEALED = """
DROP TRIGGER factor_step_only_rises ON mfa_authenticator;
DROP FUNCTION factor_step_only_rises();
DROP INDEX passkey_registered_once;
ALTER TABLE mfa_authenticator DROP CONSTRAINT recovery_seed_is_sealed;
ALTER TABLE mfa_authenticator DROP CONSTRAINT factor_secret_is_sealed;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0010_seal_what_is_written"),
        ("mfa", "0003_authenticator_type_uniq"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="factor_grace_ends_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunSQL(SEALED, UNSEALED),
    ]
