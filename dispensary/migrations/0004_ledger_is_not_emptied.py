from django.db import migrations

# Row triggers do not see TRUNCATE.
REFUSE = """
CREATE FUNCTION ledger_is_not_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the dose ledger is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_is_not_emptied BEFORE TRUNCATE ON dispensary_doserecord
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_not_emptied();
"""
ALLOW = """
DROP TRIGGER ledger_is_not_emptied ON dispensary_doserecord;
DROP FUNCTION ledger_is_not_emptied();
"""


class Migration(migrations.Migration):
    dependencies = [("dispensary", "0003_read_many_sites_in_order")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
