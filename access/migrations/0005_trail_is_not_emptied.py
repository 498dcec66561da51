from django.db import migrations

# Row triggers do not see TRUNCATE. The seals are append-only like the rows they seal.
REFUSE = """
CREATE FUNCTION trail_is_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER trail_is_not_emptied BEFORE TRUNCATE ON access_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION trail_is_not_emptied();
CREATE TRIGGER trail_is_not_emptied BEFORE TRUNCATE ON access_auditseal
    FOR EACH STATEMENT EXECUTE FUNCTION trail_is_not_emptied();
CREATE TRIGGER seal_is_append_only BEFORE UPDATE OR DELETE ON access_auditseal
    FOR EACH ROW EXECUTE FUNCTION audit_is_append_only();
"""
ALLOW = """
DROP TRIGGER seal_is_append_only ON access_auditseal;
DROP TRIGGER trail_is_not_emptied ON access_auditseal;
DROP TRIGGER trail_is_not_emptied ON access_auditentry;
DROP FUNCTION trail_is_not_emptied();
"""


class Migration(migrations.Migration):
    dependencies = [("access", "0004_passwords_of_ones_own")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
