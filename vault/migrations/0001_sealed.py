from django.db import migrations

# Whoever writes around the program, a script or a person with psql, cannot leave words in the clear:
# a value is empty, or has the form of vault/encryption.py (37 bytes and steps of 32).
MAKE = r"""
CREATE DOMAIN sealed AS bytea CHECK (
    VALUE = '\x'
    OR (octet_length(VALUE) >= 69 AND octet_length(VALUE) % 32 = 5 AND get_byte(VALUE, 0) = 1)
)
"""


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [migrations.RunSQL(MAKE, "DROP DOMAIN sealed")]
