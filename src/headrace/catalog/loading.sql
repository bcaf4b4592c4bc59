-- name: items_known
select id, sku, name, kind, item_class, state, weight_g, length_mm, width_mm, height_mm, hazmat_class, hs_code, country_of_origin, tax_class, barred_countries, oversell,
    available_on, unit_cost, unit_cost_currency, gtin
from catalog_item where sku = any(%(keys)s::text[]) order by sku for update

-- name: write_items
insert into catalog_item (sku, name, kind, item_class, state, weight_g, length_mm, width_mm, height_mm, hazmat_class, hs_code, country_of_origin, tax_class, barred_countries,
    oversell, available_on, unit_cost, unit_cost_currency, gtin)
select sku, name, kind, item_class, state, weight_g, length_mm, width_mm, height_mm, hazmat_class, hs_code, country_of_origin, tax_class, barred_countries,
    oversell, available_on, unit_cost, unit_cost_currency, gtin
from jsonb_to_recordset(%(rows)s::jsonb) r(sku text, name text, kind text, item_class text, state text, weight_g int, length_mm int, width_mm int, height_mm int, hazmat_class text,
    hs_code text, country_of_origin text, tax_class text, barred_countries text[], oversell text, available_on date, unit_cost numeric, unit_cost_currency text, gtin text)
order by sku
on conflict (sku) do update set name = excluded.name, item_class = excluded.item_class, state = excluded.state, weight_g = excluded.weight_g, length_mm = excluded.length_mm,
    width_mm = excluded.width_mm, height_mm = excluded.height_mm, hazmat_class = excluded.hazmat_class, hs_code = excluded.hs_code,
    country_of_origin = excluded.country_of_origin, tax_class = excluded.tax_class, barred_countries = excluded.barred_countries, oversell = excluded.oversell,
    available_on = excluded.available_on, unit_cost = excluded.unit_cost, unit_cost_currency = excluded.unit_cost_currency, gtin = excluded.gtin
returning id, sku

-- name: nodes_known
select n.id, n.code, n.name, n.kind, e.code as entity, n.zone, n.country, n.region, n.postcode, n.latitude, n.longitude, to_char(n.cut_off, 'HH24:MI') as cut_off, n.open_days,
    n.capacity_orders_per_day, n.lead_time_days, n.handles_hazmat, n.is_active, n.partner
from catalog_node n join catalog_entity e on e.id = n.entity_id where n.code = any(%(keys)s::text[]) order by n.code for update of n

-- name: write_nodes
insert into catalog_node (code, name, kind, entity_id, zone, country, region, postcode, latitude, longitude, cut_off, open_days, capacity_orders_per_day, lead_time_days,
    handles_hazmat, is_active, partner)
select r.code, r.name, r.kind, e.id, r.zone, r.country, r.region, r.postcode, r.latitude, r.longitude, r.cut_off, r.open_days, r.capacity_orders_per_day, r.lead_time_days,
    r.handles_hazmat, r.is_active, r.partner
from jsonb_to_recordset(%(rows)s::jsonb) r(code text, name text, kind text, entity text, zone text, country text, region text, postcode text, latitude float8, longitude float8,
    cut_off time, open_days text, capacity_orders_per_day int, lead_time_days smallint, handles_hazmat boolean, is_active boolean, partner text)
join catalog_entity e on e.code = r.entity order by r.code
on conflict (code) do update set name = excluded.name, zone = excluded.zone, country = excluded.country, region = excluded.region, postcode = excluded.postcode,
    latitude = excluded.latitude, longitude = excluded.longitude, cut_off = excluded.cut_off, open_days = excluded.open_days,
    capacity_orders_per_day = excluded.capacity_orders_per_day, lead_time_days = excluded.lead_time_days, handles_hazmat = excluded.handles_hazmat,
    is_active = excluded.is_active, partner = excluded.partner
returning id

-- name: reaches_known
select n.code as node, r.country, r.region, r.transit_days, r.cost_minor from catalog_node_reach r join catalog_node n on n.id = r.node_id
where n.code = any(%(nodes)s::text[]) order by r.id for update of r

-- name: write_reaches
insert into catalog_node_reach (node_id, country, region, transit_days, cost_minor)
select n.id, r.country, r.region, r.transit_days, r.cost_minor
from jsonb_to_recordset(%(rows)s::jsonb) r(node text, country text, region text, transit_days smallint, cost_minor bigint) join catalog_node n on n.code = r.node
order by n.id, r.country, r.region
on conflict (node_id, country, region) do update set transit_days = excluded.transit_days, cost_minor = excluded.cost_minor returning id

-- name: listings_known
select c.code as channel, l.channel_sku, i.sku, l.pack_each, l.is_sellable, l.valid_from_on, l.valid_to_on
from catalog_listing l join catalog_channel c on c.id = l.channel_id join catalog_item i on i.id = l.item_id
where c.code = any(%(channels)s::text[]) and l.channel_sku = any(%(skus)s::text[]) order by l.id for update of l

-- name: write_listings
insert into catalog_listing (channel_id, channel_sku, item_id, pack_each, is_sellable, valid_from_on, valid_to_on, learned_by)
select c.id, r.channel_sku, i.id, r.pack_each, r.is_sellable, r.valid_from_on, r.valid_to_on, %(actor)s
from jsonb_to_recordset(%(rows)s::jsonb) r(channel text, channel_sku text, sku text, pack_each int, is_sellable boolean, valid_from_on date, valid_to_on date)
join catalog_channel c on c.code = r.channel join catalog_item i on i.sku = r.sku order by c.id, r.channel_sku
on conflict (channel_id, channel_sku) do update set item_id = excluded.item_id, pack_each = excluded.pack_each, is_sellable = excluded.is_sellable,
    valid_from_on = excluded.valid_from_on, valid_to_on = excluded.valid_to_on, learned_by = excluded.learned_by
returning id

-- name: prices_known
select l.code as price_list, i.sku, p.from_qty_each, p.valid_from_on, p.unit_price
from catalog_price p join catalog_price_list l on l.id = p.price_list_id join catalog_item i on i.id = p.item_id
where l.code = any(%(lists)s::text[]) and i.sku = any(%(skus)s::text[]) order by p.id for update of p

-- name: write_prices
-- Each list, item and quantity has one price a day: the one before ends the day before, and this one the day before the next.
with r as (
    select l.id as price_list_id, i.id as item_id, t.from_qty_each, t.valid_from_on, t.unit_price
    from jsonb_to_recordset(%(rows)s::jsonb) t(price_list text, sku text, from_qty_each int, valid_from_on date, unit_price numeric)
    join catalog_price_list l on l.code = t.price_list join catalog_item i on i.sku = t.sku
),
every_day as (
    select price_list_id, item_id, from_qty_each, valid_from_on from r
    union select p.price_list_id, p.item_id, p.from_qty_each, p.valid_from_on from catalog_price p join r using (price_list_id, item_id, from_qty_each)
),
spans as (
    select *, lead(valid_from_on) over (partition by price_list_id, item_id, from_qty_each order by valid_from_on) - 1 as valid_to_on from every_day
),
cut_short as (
    update catalog_price p set valid_to_on = s.valid_to_on from spans s
    where (p.price_list_id, p.item_id, p.from_qty_each, p.valid_from_on) = (s.price_list_id, s.item_id, s.from_qty_each, s.valid_from_on)
        and s.valid_to_on is not null and (p.valid_to_on is null or p.valid_to_on > s.valid_to_on)
        and not exists (select from r where (r.price_list_id, r.item_id, r.from_qty_each, r.valid_from_on) = (s.price_list_id, s.item_id, s.from_qty_each, s.valid_from_on))
)
insert into catalog_price (price_list_id, item_id, from_qty_each, unit_price, valid_from_on, valid_to_on)
select r.price_list_id, r.item_id, r.from_qty_each, r.unit_price, r.valid_from_on, s.valid_to_on from r join spans s using (price_list_id, item_id, from_qty_each, valid_from_on)
order by 1, 2, 3, 5
on conflict (price_list_id, item_id, from_qty_each, valid_from_on) do update set unit_price = excluded.unit_price, valid_to_on = excluded.valid_to_on
returning id

-- name: recipes_known
select k.sku as kit, c.sku, r.qty_each, r.price_share from catalog_kit_component r join catalog_item k on k.id = r.kit_id join catalog_item c on c.id = r.component_id
where k.sku = any(%(kits)s::text[]) order by r.id for update of r

-- name: write_recipes
-- A kit's recipe is written whole: what the rows do not name is no part of it any more. Orders that were allocated keep the recipe that they had.
with r as (
    select k.id as kit_id, c.id as component_id, t.qty_each, t.price_share
    from jsonb_to_recordset(%(rows)s::jsonb) t(kit text, sku text, qty_each int, price_share numeric) join catalog_item k on k.sku = t.kit join catalog_item c on c.sku = t.sku
),
dropped as (
    delete from catalog_kit_component x where x.kit_id in (select kit_id from r) and not exists (select from r where r.kit_id = x.kit_id and r.component_id = x.component_id)
)
insert into catalog_kit_component (kit_id, component_id, qty_each, price_share) select kit_id, component_id, qty_each, price_share from r order by 1, 2
on conflict (kit_id, component_id) do update set qty_each = excluded.qty_each, price_share = excluded.price_share returning id

-- name: codes_known
-- The codes of other tables that rows may name, each with its kind.
select 'entity' as kind, code from catalog_entity union all select 'channel', code from catalog_channel union all select 'price_list', code from catalog_price_list
union all select 'node', code from catalog_node

-- name: kinds_of_items
select sku, kind from catalog_item where sku = any(%(skus)s::text[])
