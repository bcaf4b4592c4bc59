"""A catalog of one entity with two nodes, two doors and a handful of items."""

from __future__ import annotations

import pytest

from headrace.engine.queries import run

CATALOG = """
insert into catalog_entity (code, name, currency, zone, country) values ('US', 'Mill Inc.', 'USD', 'America/New_York', 'US');
insert into catalog_price_list (code, currency) values ('usd', 'USD');
insert into catalog_channel (code, name, kind, entity_id, currency) select c, c, 'shopify', e.id, 'USD' from catalog_entity e, unnest(array['web', 'trade']) c;
insert into catalog_item (sku, name, kind) values ('MUG', 'Mug', 'goods'), ('BOWL', 'Bowl', 'goods'), ('SET', 'Set', 'kit');
insert into catalog_node (code, name, kind, entity_id, zone, country, cut_off, open_days)
select c, c, 'warehouse', e.id, z, 'US', '15:00', '12345' from catalog_entity e, (values ('EAST', 'America/New_York'), ('WEST', 'America/Los_Angeles')) v(c, z);
insert into catalog_node_reach (node_id, country, region, transit_days, cost_minor) select id, 'US', '*', 2, 500 from catalog_node;
"""


@pytest.fixture
def catalog(db: None) -> None:
    run(CATALOG)
