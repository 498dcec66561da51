import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.functions
from django.contrib.postgres.operations import CreateExtension, UnaccentExtension
from django.db import migrations, models

import patients.search

# `unaccent` may change with its dictionary and is therefore not called immutable; ours names its
# dictionary, and whoever edits that must build the index anew. Both name their schema, or a restored
# copy of the database could not be read.
#
# A word of a name stands under how it sounds (in two ways: Double Metaphone), and, from five letters on,
# under itself and itself without each of its letters. Whatever is one letter away has such a key, too.
FUNCTIONS = """
CREATE FUNCTION public.folded(words text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT lower(public.unaccent('public.unaccent'::regdictionary, words))
$$;
CREATE FUNCTION public.name_keys(words text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT key), '{}') FROM (
        SELECT unnest(ARRAY[public.dmetaphone(word), public.dmetaphone_alt(word)]) AS key
        FROM regexp_split_to_table(public.folded(words), '[^a-z]+') word
        WHERE length(word) >= 3
        UNION ALL
        SELECT '-' || left(word, greatest(place - 1, 0)) || substr(word, place + 1)
        FROM regexp_split_to_table(public.folded(words), '[^a-z]+') word,
             generate_series(0, length(word)) place
        WHERE length(word) >= 5
    ) keys
    WHERE length(key) >= 2
$$;
"""
NONE = """
DROP FUNCTION public.name_keys(text);
DROP FUNCTION public.folded(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("patients", "0009_seal_what_is_written"),
    ]

    operations = [
        UnaccentExtension(),
        CreateExtension("fuzzystrmatch"),
        migrations.RunSQL(FUNCTIONS, NONE),
        migrations.RemoveIndex(
            model_name="patient",
            name="patient_by_words",
        ),
        migrations.RemoveField(
            model_name="patient",
            name="search_text",
        ),
        migrations.AddField(
            model_name="patient",
            name="search_text",
            field=models.GeneratedField(
                db_persist=True,
                expression=patients.search.Folded(
                    django.db.models.functions.text.Concat(
                        models.Value(" "),
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
        migrations.AddField(
            model_name="patient",
            name="name_keys",
            field=models.GeneratedField(
                db_persist=True,
                expression=patients.search.NameKeys(
                    django.db.models.functions.text.Concat(
                        "family_name",
                        models.Value(" "),
                        "given_name",
                        models.Value(" "),
                        "preferred_name",
                        output_field=models.TextField(),
                    )
                ),
                output_field=django.contrib.postgres.fields.ArrayField(
                    base_field=models.TextField(), size=None
                ),
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(
                django.contrib.postgres.indexes.OpClass(models.F("search_text"), "gin_trgm_ops"),
                name="patient_by_words",
            ),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["name_keys"], name="patient_by_sound"
            ),
        ),
    ]
