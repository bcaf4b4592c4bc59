-- name: open_entity
insert into catalog_entity (code, name, currency, zone, country) values (%(code)s, %(name)s, %(currency)s, %(zone)s, %(country)s) on conflict (code) do nothing

-- name: open_channel
insert into catalog_channel (code, name, kind, entity_id, currency, prices_include_tax, capture_policy, gateway, needs_fraud_verdict, settings)
select %(code)s, %(name)s, 'file', e.id, %(currency)s, false, 'at_sale', %(gateway)s, false, %(settings)s::jsonb from catalog_entity e where e.code = %(entity)s
on conflict (code) do nothing

-- name: open_node
-- Open every day and without a cut-off that matters: what it ships has left long ago.
insert into catalog_node (code, name, kind, entity_id, zone, country, cut_off, open_days, handles_hazmat, partner)
select %(code)s, %(name)s, 'warehouse', e.id, %(zone)s, %(country)s, '23:59', '1234567', true, %(partner)s from catalog_entity e where e.code = %(entity)s
on conflict (code) do nothing

-- name: open_reach
insert into catalog_node_reach (node_id, country, region, transit_days, cost_minor) select id, '*', '*', 0, 0 from catalog_node where code = %(node)s
on conflict (node_id, country, region) do nothing

-- name: open_service
insert into catalog_shipping_service (code, name, carrier, weight_g_max, takes_hazmat, takes_po_box, transit_days) values (%(code)s, %(name)s, 'own', 100000000, true, true, 0)
on conflict (code) do nothing

-- name: open_untaxed
-- So that the home country is a known jurisdiction; exempt items bear nothing there.
insert into catalog_tax_rate (jurisdiction, tax_class, rate, taxes_shipping) values (%(country)s, 'zero', 0, false) on conflict (jurisdiction, tax_class, valid_from_on) do nothing

-- name: make_item_tray
create temp table if not exists item_tray (sku text, name text, kind text, item_class text, unit_cost numeric, unit_cost_currency text) on commit delete rows

-- name: copy_items
copy item_tray (sku, name, kind, item_class, unit_cost, unit_cost_currency) from stdin

-- name: know_items
with known as (
    insert into catalog_item (sku, name, kind, item_class, unit_cost, unit_cost_currency, tax_class)
    select sku, name, kind, item_class, unit_cost, case when unit_cost is not null then unit_cost_currency end, 'exempt' from item_tray order by sku
    on conflict (sku) do nothing returning id
),
emptied as (
    delete from item_tray
)
select id from known

-- name: know_spellings
insert into catalog_listing (channel_id, channel_sku, item_id, learned_by)
select %(channel_id)s, t.spelling, i.id, %(actor)s from unnest(%(spellings)s::text[], %(skus)s::text[]) t(spelling, sku) join catalog_item i on i.sku = t.sku
on conflict (channel_id, channel_sku) do nothing

-- name: items_by_sku
select id, sku, kind, unit_cost, unit_cost_currency from catalog_item where sku = any(%(skus)s::text[])

-- name: node_by_code
select id, code, entity_id from catalog_node where code = %(code)s
