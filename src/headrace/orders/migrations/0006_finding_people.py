"""Orders are found by whom they go to (name, company, telephone, postcode) and by the customer's own purchase order; test orders among all. Built while the shop is open.

Addresses are written once and hardly ever changed, and the words' index gathers new entries in a list that is sorted in later, so that capture does not wait
for it. The other two hold only the few orders that have such a number, or are tests.
"""

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.operations import AddIndexConcurrently
from django.contrib.postgres.search import SearchVectorField
from django.db import migrations, models
from django.db.models import F, Func, Q
from django.db.models.fields.json import KeyTextTransform

from headrace.engine.migrating import run_sql_file

WORDS = Func(F("name"), F("company"), F("phone"), F("postcode"), function="headrace_address_words", output_field=SearchVectorField())


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("orders", "0005_finding_orders")]
    operations = [
        run_sql_file("orders", "words.sql"),
        AddIndexConcurrently(model_name="address", index=GinIndex(WORDS, name="address_words")),
        AddIndexConcurrently(
            model_name="order", index=models.Index(KeyTextTransform("po_number", "extra"), name="order_po_number", condition=Q(extra__has_key="po_number"))
        ),
        AddIndexConcurrently(model_name="order", index=models.Index(fields=["id"], name="order_test", condition=Q(is_test=True))),
    ]
