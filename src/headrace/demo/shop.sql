-- name: seed_network
-- Two legal entities, their doors, and nodes of all four kinds.
insert into catalog_entity (code, name, currency, zone, country, tax_number) values
        ('MILL-US', 'Millbrook Goods Inc.', 'USD', 'America/New_York', 'US', '12-3456789'),
        ('MILL-UK', 'Millbrook Goods Ltd', 'GBP', 'Europe/London', 'GB', 'GB999999973')
on conflict (code) do nothing

-- name: seed_nodes
insert into catalog_node (code, name, kind, entity_id, zone, country, region, postcode, latitude, longitude, cut_off, open_days, capacity_orders_per_day, handles_hazmat, partner)
select v.code, v.name, v.kind, e.id, v.zone, v.country, v.region, v.postcode, v.latitude, v.longitude, v.cut_off::time, v.open_days, v.capacity, v.hazmat, v.partner
from (values
    ('EAST', 'New Jersey warehouse', 'warehouse', 'MILL-US', 'America/New_York', 'US', 'NJ', '07001', 40.57, -74.28, '16:00', '123456', null, true, null),
    ('WEST', 'Reno 3PL', '3pl', 'MILL-US', 'America/Los_Angeles', 'US', 'NV', '89502', 39.49, -119.78, '15:00', '12345', null, true, 'wms-reno'),
    ('NYC', 'Broadway store', 'store', 'MILL-US', 'America/New_York', 'US', 'NY', '10012', 40.72, -74.00, '13:00', '1234567', 200, false, null),
    ('ACME', 'Acme Outdoor (drop-ship)', 'supplier', 'MILL-US', 'America/Chicago', 'US', 'IL', '60601', 41.88, -87.62, '12:00', '12345', null, false, 'acme-dropship'),
    ('LONDON', 'Dartford warehouse', 'warehouse', 'MILL-UK', 'Europe/London', 'GB', null, 'DA1 5BS', 51.45, 0.22, '17:00', '123456', null, true, null)
) as v(code, name, kind, entity, zone, country, region, postcode, latitude, longitude, cut_off, open_days, capacity, hazmat, partner)
join catalog_entity e on e.code = v.entity on conflict (code) do nothing

-- name: seed_reach
insert into catalog_node_reach (node_id, country, region, transit_days, cost_minor)
select n.id, v.country, v.region, v.days, v.cost
from (values
    ('EAST', 'US', '*', 3, 720), ('EAST', 'US', 'NY', 1, 590), ('EAST', 'US', 'NJ', 1, 560), ('EAST', 'US', 'MA', 2, 640), ('EAST', 'US', 'PA', 1, 600), ('EAST', 'CA', '*', 6, 1490),
    ('WEST', 'US', '*', 4, 760), ('WEST', 'US', 'CA', 2, 640), ('WEST', 'US', 'WA', 2, 660), ('WEST', 'US', 'NV', 1, 560), ('WEST', 'US', 'OR', 2, 650),
    ('NYC', 'US', 'NY', 1, 690), ('ACME', 'US', '*', 6, 900), ('LONDON', 'GB', '*', 2, 420), ('LONDON', 'IE', '*', 4, 890), ('LONDON', 'DE', '*', 5, 1190), ('LONDON', 'FR', '*', 5, 1190)
) as v(node, country, region, days, cost) join catalog_node n on n.code = v.node on conflict (node_id, country, region) do nothing

-- name: seed_lists
insert into catalog_price_list (code, currency) values ('retail-usd', 'USD'), ('retail-gbp', 'GBP'), ('wholesale-usd', 'USD') on conflict (code) do nothing

-- name: seed_doors
insert into catalog_channel (code, name, kind, entity_id, currency, price_list_id, prices_include_tax, capture_policy, gateway, needs_fraud_verdict, settings)
select v.code, v.name, v.kind, e.id, v.currency, p.id, v.inclusive, v.capture, v.gateway, v.fraud, v.settings::jsonb
from (values
    ('shop-us', 'Web shop USA', 'shopify', 'MILL-US', 'USD', 'retail-usd', false, 'on_shipment', 'pay-us', false, '{}'),
    ('shop-uk', 'Web shop UK', 'shopify', 'MILL-UK', 'GBP', 'retail-gbp', true, 'at_sale', 'pay-uk', false, '{}'),
    ('portal', 'Trade portal', 'portal', 'MILL-US', 'USD', 'wholesale-usd', false, 'on_account', null, false, '{"invoice_on": "shipment"}'),
    ('stores', 'Store orders by file', 'file', 'MILL-US', 'USD', 'retail-usd', false, 'at_sale', 'pay-us', false, '{}')
) as v(code, name, kind, entity, currency, list, inclusive, capture, gateway, fraud, settings)
join catalog_entity e on e.code = v.entity left join catalog_price_list p on p.code = v.list on conflict (code) do nothing

-- name: seed_trade
-- Trade customers: credit, thirty days to pay, and a certificate that frees them from sales tax. The last of them has no credit left to speak of.
insert into catalog_party (kind, channel_id, external_ref, name, email, segment, credit_limit_minor, terms_days, tax_exempt_until_on)
select 'company', c.id, 'TRADE-' || g, 'Trade customer no. ' || g, 'buying' || g || '@example.com', 'wholesale', case g when 39 then 50000 else 5000000000 end, 30, current_date + 365
from generate_series(0, 39) g join catalog_channel c on c.code = 'portal' on conflict (channel_id, external_ref) do nothing

-- name: seed_services
insert into catalog_shipping_service (code, name, carrier, weight_g_max, takes_hazmat, takes_po_box, transit_days) values
    ('ground', 'Ground', 'own', 70000, true, true, 3), ('express', 'Express', 'own', 30000, false, false, 1) on conflict (code) do nothing

-- name: seed_codes
insert into catalog_shipping_code (channel_id, channel_code, service_id)
select c.id, v.word, s.id from (values ('Standard', 'ground'), ('Express', 'express'), ('ground', 'ground'), ('express', 'express')) v(word, service)
join catalog_shipping_service s on s.code = v.service cross join catalog_channel c on conflict (channel_id, channel_code) do nothing

-- name: seed_taxes
insert into catalog_tax_rate (jurisdiction, tax_class, rate, taxes_shipping)
select v.place, v.class, v.rate, v.shipping from (values
    ('US-NY', 'standard', 0.08, false), ('US-NJ', 'standard', 0.06625, false), ('US-CA', 'standard', 0.0725, false), ('US-TX', 'standard', 0.0625, true), ('US-WA', 'standard', 0.065, true),
    ('US-IL', 'standard', 0.0625, false), ('US-MA', 'standard', 0.0625, false), ('US-PA', 'standard', 0.06, true), ('US-FL', 'standard', 0.06, false), ('US-CO', 'standard', 0.029, false),
    ('US-OR', 'standard', 0, false), ('GB', 'standard', 0.20, true), ('GB', 'reduced', 0.05, true), ('GB', 'zero', 0, true), ('DE', 'standard', 0.19, true), ('DE', 'reduced', 0.07, true),
    ('FR', 'standard', 0.20, true), ('IE', 'standard', 0.23, true), ('CA-ON', 'standard', 0.13, true)
) as v(place, class, rate, shipping) on conflict (jurisdiction, tax_class, valid_from_on) do nothing

-- name: seed_items
-- Names are made of a colour, a make and a thing, so that people can tell them apart.
insert into catalog_item (sku, name, kind, item_class, weight_g, length_mm, width_mm, height_mm, hazmat_class, hs_code, country_of_origin, oversell, available_on, unit_cost, unit_cost_currency, gtin)
select 'MB-' || lpad(g::text, 5, '0'),
    (array['Blue', 'Red', 'Oak', 'Slate', 'Linen', 'Copper', 'Moss', 'Ivory'])[1 + g %% 8] || ' ' || (array['Hand-thrown', 'Enamel', 'Woven', 'Cast', 'Folding', 'Waxed', 'Glazed'])[1 + g / 8 %% 7]
        || ' ' || (array['mug', 'lantern', 'throw', 'skillet', 'stool', 'satchel', 'vase', 'kettle', 'tray', 'apron', 'candle'])[1 + g / 56 %% 11] || ' no. ' || g,
    'goods', (array['kitchen', 'home', 'outdoor'])[1 + g %% 3], 100 + g * 37 %% 900, 100 + g %% 200, 80 + g %% 100, 50 + g %% 120, case when g %% 211 = 0 then '3' end, '6912.00',
    (array['PT', 'IN', 'US', 'VN'])[1 + g %% 4], case when g %% 97 = 0 then 'never' else 'backorder' end, null, (300 + g * 131 %% 3000)::numeric / 100, 'USD', null
from generate_series(1, %(items)s) g on conflict (sku) do nothing

-- name: seed_kits
with kit as (
    insert into catalog_item (sku, name, kind, item_class, weight_g, oversell)
    select 'KIT-' || lpad(g::text, 3, '0'), 'Gift set no. ' || g, 'kit', 'home', 900, 'backorder' from generate_series(1, %(kits)s) g on conflict (sku) do nothing returning id, sku
)
insert into catalog_kit_component (kit_id, component_id, qty_each)
select k.id, i.id, p.qty from kit k cross join lateral (values (right(k.sku, 3)::int * 3, 1), (right(k.sku, 3)::int * 3 + 1, 2)) p(n, qty)
join catalog_item i on i.sku = 'MB-' || lpad(p.n::text, 5, '0')

-- name: seed_prices
insert into catalog_price (price_list_id, item_id, unit_price)
select l.id, i.id, round((case i.kind when 'kit' then 4900 else 900 + i.id * 7919 % 4100 end)::numeric / 100 * case l.code when 'wholesale-usd' then 0.6 else 1 end, 2)
from catalog_price_list l cross join catalog_item i where i.kind in ('goods', 'kit') on conflict do nothing

-- name: sellable
-- What the pretend world may buy: SKU and price per list, in a stable order.
select i.sku, i.kind, l.code as list, p.unit_price from catalog_price p join catalog_item i on i.id = p.item_id join catalog_price_list l on l.id = p.price_list_id
where i.state = 'active' order by l.code, i.kind, i.sku

-- name: opening_stock
-- The catalog has costs in major units, the stock book in minor ones; all of the demo's currencies have hundredths, and it costs as many pence as cents.
select i.id as item_id, n.id as node_id, i.unit_cost * 100 as unit_cost, (case n.code when 'EAST' then %(each)s when 'WEST' then %(each)s / 2 when 'LONDON' then %(each)s when 'ACME' then %(each)s / 4 else %(each)s / 20 end)::int as qty_each
from catalog_item i cross join catalog_node n where i.kind = 'goods' and i.unit_cost is not null
    and not exists (select 1 from stock_position p where p.item_id = i.id and p.node_id = n.id) order by i.id, n.id

-- name: counts
select (select count(*) from catalog_item) as items, (select count(*) from orders_order) as orders, (select count(*) from catalog_channel) as channels

-- name: seed_partner_rates
-- The pretend partners answer as fast as they are asked; a real one's rate is set to what it allows.
insert into engine_partner (code, rate_per_s, burst, tokens) select code, 5000, 5000, 5000 from unnest(array['wms-reno', 'acme-dropship', 'pay-us', 'pay-uk', 'shop-us', 'shop-uk', 'portal']) code
on conflict (code) do nothing
