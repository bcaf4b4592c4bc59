-- A tiny shop: four entities with a currency each, five doors, eight items.
insert into catalog_entity (code, name, currency, zone, country) values ('US', 'Mill Inc.', 'USD', 'America/New_York', 'US'), ('UK', 'Mill Ltd', 'GBP', 'Europe/London', 'GB'),
    ('JP', 'Mill KK', 'JPY', 'Asia/Tokyo', 'JP'), ('KW', 'Mill WLL', 'KWD', 'Asia/Kuwait', 'KW');
insert into catalog_price_list (code, currency) values ('usd', 'USD'), ('gbp', 'GBP'), ('jpy', 'JPY'), ('kwd', 'KWD');
insert into catalog_channel (code, name, kind, entity_id, currency, price_list_id, prices_include_tax, capture_policy, needs_fraud_verdict)
select v.code, v.code, v.kind, e.id, v.currency, l.id, v.inclusive, v.capture, v.fraud
from (values ('web', 'shopify', 'US', 'USD', false, 'on_shipment', true), ('uk', 'shopify', 'UK', 'GBP', true, 'at_sale', false), ('trade', 'portal', 'US', 'USD', false, 'on_account', false),
    ('jp', 'api', 'JP', 'JPY', true, 'at_sale', false), ('kw', 'api', 'KW', 'KWD', false, 'at_sale', false)) v(code, kind, entity, currency, inclusive, capture, fraud)
join catalog_entity e on e.code = v.entity join catalog_price_list l on l.currency = v.currency;
insert into catalog_item (sku, name, weight_g, hazmat_class, state, item_class, tax_class, barred_countries) values
    ('MUG', 'Mug', 400, null, 'active', 'kitchen', 'standard', '{}'), ('BOOK', 'Book', 300, null, 'active', 'books', 'reduced', '{}'), ('FOOD', 'Tea', 100, null, 'active', 'food', 'zero', '{}'),
    ('LAMP', 'Oil lamp', 2000, '3', 'active', 'home', 'standard', '{}'), ('ANVIL', 'Anvil', 90000, null, 'active', 'home', 'standard', '{}'),
    ('OLD', 'Old mug', 400, null, 'retired', 'kitchen', 'standard', '{}'), ('GIN', 'Gin', 900, null, 'active', 'alcohol', 'standard', '{}'), ('KNIFE', 'Knife', 200, null, 'active', 'kitchen', 'standard', '{GB}');
insert into catalog_price (price_list_id, item_id, from_qty_each, unit_price)
select l.id, i.id, 1, case l.currency when 'JPY' then 1000 when 'KWD' then 1.005 else 10.00 end from catalog_price_list l cross join catalog_item i;
insert into catalog_price (price_list_id, item_id, from_qty_each, unit_price) select l.id, i.id, 10, 8.00 from catalog_price_list l, catalog_item i where l.code = 'usd' and i.sku = 'MUG';
insert into catalog_shipping_service (code, name, carrier, weight_g_max, takes_hazmat, takes_po_box, countries) values
    ('ground', 'Ground', 'own', 30000, true, true, '{}'), ('air', 'Air', 'own', 30000, false, false, '{US,CA}'), ('freight', 'Freight', 'own', 900000, true, true, '{}');
insert into catalog_shipping_code (channel_id, channel_code, service_id)
select c.id, v.word, s.id from (values ('Standard', 'ground'), ('Air', 'air')) v(word, service) join catalog_shipping_service s on s.code = v.service cross join catalog_channel c;
insert into catalog_tax_rate (jurisdiction, tax_class, rate, taxes_shipping) values ('US-NY', 'standard', 0.08, false), ('US-TX', 'standard', 0.0625, true),
    ('GB', 'standard', 0.20, true), ('GB', 'reduced', 0.05, true), ('JP', 'standard', 0.10, true), ('KW', 'standard', 0, true);
insert into catalog_promotion (code, percent_max, valid_from_on, valid_to_on, is_active) values ('SPRING', 20, '2026-01-01', '2026-12-31', true), ('XMAS', 20, '2025-12-01', '2025-12-31', true),
    ('LEAKED', 90, '2026-01-01', null, false);
insert into catalog_party (kind, name, segment, credit_limit_minor, terms_days) values ('company', 'Acme', 'wholesale', 100000, 30), ('company', 'Nocredit', 'wholesale', null, 0),
    ('person', 'Bad', 'blocked', null, 0), ('person', 'Vera', 'vip', null, 0);
