-- name: entity_by_code
select id, code, name, currency, zone, country, tax_number from catalog_entity where code = %(code)s

-- name: write_entity
insert into catalog_entity (code, name, currency, zone, country, tax_number) values (%(code)s, %(name)s, %(currency)s, %(zone)s, %(country)s, %(tax_number)s)
on conflict (code) do nothing returning id

-- name: channel_by_code
select c.id, c.code, c.name, c.kind, e.code as entity, c.currency, l.code as price_list, c.prices_include_tax, c.capture_policy, c.gateway, c.needs_fraud_verdict, c.is_active, c.settings
from catalog_channel c join catalog_entity e on e.id = c.entity_id left join catalog_price_list l on l.id = c.price_list_id where c.code = %(code)s for update of c

-- name: write_channel
insert into catalog_channel (code, name, kind, entity_id, currency, price_list_id, prices_include_tax, capture_policy, gateway, needs_fraud_verdict, is_active, settings)
select %(code)s, %(name)s, %(kind)s, e.id, %(currency)s, (select id from catalog_price_list where code = %(price_list)s), %(prices_include_tax)s, %(capture_policy)s, %(gateway)s, %(needs_fraud_verdict)s,
    %(is_active)s, %(settings)s::jsonb
from catalog_entity e where e.code = %(entity)s
on conflict (code) do update set name = excluded.name, price_list_id = excluded.price_list_id, prices_include_tax = excluded.prices_include_tax, capture_policy = excluded.capture_policy,
    gateway = excluded.gateway, needs_fraud_verdict = excluded.needs_fraud_verdict, is_active = excluded.is_active, settings = excluded.settings

-- name: write_shipping_service
insert into catalog_shipping_service (code, name, carrier, weight_g_max, takes_hazmat, takes_po_box, transit_days)
values (%(code)s, %(name)s, %(carrier)s, %(weight_g_max)s, %(takes_hazmat)s, %(takes_po_box)s, %(transit_days)s)
on conflict (code) do update set name = excluded.name, carrier = excluded.carrier, weight_g_max = excluded.weight_g_max, takes_hazmat = excluded.takes_hazmat,
    takes_po_box = excluded.takes_po_box, transit_days = excluded.transit_days

-- name: write_price_list
insert into catalog_price_list (code, currency) values (%(code)s, %(currency)s) on conflict (code) do nothing returning id

-- name: price_list_by_code
select id, currency from catalog_price_list where code = %(code)s
