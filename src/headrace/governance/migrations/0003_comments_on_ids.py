"""The ids that Django adds by itself get their comment, as every other column has one. A comment takes no lock that a shop would feel."""

from django.db import migrations

TABLES = (
    "catalog_channel", "catalog_entity", "catalog_field_owner", "catalog_item", "catalog_kit_component", "catalog_listing", "catalog_node",
    "catalog_node_closure", "catalog_node_reach", "catalog_party", "catalog_price", "catalog_price_list", "catalog_promotion", "catalog_shipping_code",
    "catalog_shipping_service", "catalog_tax_rate", "governance_role_grant", "ledger_account", "ledger_exchange_rate", "ledger_number_series",
    "ledger_period", "purchasing_supplier_term",
)


class Migration(migrations.Migration):
    dependencies = [("governance", "0002_guards"), ("catalog", "0001_initial"), ("ledger", "0001_initial"), ("purchasing", "0001_initial")]

    operations = [migrations.RunSQL("\n".join(f"comment on column {table}.id is 'Number';" for table in TABLES), migrations.RunSQL.noop)]
