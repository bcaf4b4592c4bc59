-- name: items_listed
-- By SKU; a word is the beginning of a SKU, a GTIN, or a part of the name.
select i.sku as cursor, i.sku, i.name, i.kind, i.item_class, i.state, i.weight_g, i.oversell, i.available_on, i.tax_class, i.hs_code, i.country_of_origin, i.gtin, i.unit_cost, i.unit_cost_currency,
    case when i.kind = 'kit' then (select count(*) from catalog_kit_component k where k.kit_id = i.id) end as parts
from catalog_item i
where (%(kind)s::text is null or i.kind = %(kind)s) and (%(state)s::text is null or i.state = %(state)s) and (%(after)s::text is null or i.sku > %(after)s)
    and (%(q)s::text is null or starts_with(i.sku, %(q)s::text) or i.gtin = %(q)s or i.name ilike '%%' || replace(replace(replace(%(q)s::text, '\', '\\'), '%%', '\%%'), '_', '\_') || '%%')
order by i.sku limit %(limit)s

-- name: item_card
select i.id, i.sku, i.name, i.kind, i.item_class, i.state, i.weight_g, i.length_mm, i.width_mm, i.height_mm, i.hazmat_class, i.hs_code, i.country_of_origin, i.tax_class, i.barred_countries,
    i.oversell, i.available_on, i.unit_cost, i.unit_cost_currency, i.gtin, i.made_at
from catalog_item i where i.sku = %(sku)s

-- name: parts_of_item
select c.sku, c.name, c.state, k.qty_each, k.price_share from catalog_kit_component k join catalog_item c on c.id = k.component_id where k.kit_id = %(item_id)s order by c.sku

-- name: kits_with_item
select i.sku, i.name, i.state, k.qty_each from catalog_kit_component k join catalog_item i on i.id = k.kit_id where k.component_id = %(item_id)s order by i.sku limit %(limit)s

-- name: listings_of_item
select c.code as channel, l.channel_sku, l.pack_each, l.is_sellable, l.valid_from_on, l.valid_to_on, l.learned_by from catalog_listing l join catalog_channel c on c.id = l.channel_id
where l.item_id = %(item_id)s order by c.code, l.channel_sku limit %(limit)s

-- name: prices_of_item
select l.code as price_list, l.currency, p.from_qty_each, p.unit_price, p.valid_from_on, p.valid_to_on, p.valid_from_on <= %(today)s::date and (p.valid_to_on is null or p.valid_to_on >= %(today)s::date) as is_in_force
from catalog_price p join catalog_price_list l on l.id = p.price_list_id where p.item_id = %(item_id)s order by l.code, p.from_qty_each, p.valid_from_on desc limit %(limit)s

-- name: kits_listed
-- Kits with their recipes in words. A kit without a recipe cannot be sold.
select i.sku as cursor, i.sku, i.name, i.state, r.recipe, coalesce(r.parts, 0)::int as parts
from catalog_item i left join lateral (
    select string_agg(k.qty_each || ' × ' || c.sku, ', ' order by c.sku) as recipe, count(*) as parts from catalog_kit_component k join catalog_item c on c.id = k.component_id where k.kit_id = i.id
) r on true
where i.kind = 'kit' and (%(after)s::text is null or i.sku > %(after)s) and (%(q)s::text is null or starts_with(i.sku, %(q)s::text))
    and (%(part)s::text is null or exists (select from catalog_kit_component k join catalog_item c on c.id = k.component_id where k.kit_id = i.id and c.sku = %(part)s))
order by i.sku limit %(limit)s

-- name: listings_listed
-- By channel and its SKU.
select c.code || '~' || l.channel_sku as cursor, c.code as channel, l.channel_sku, i.sku, i.name, i.state, l.pack_each, l.is_sellable, l.valid_from_on, l.valid_to_on, l.learned_by
from catalog_listing l join catalog_channel c on c.id = l.channel_id join catalog_item i on i.id = l.item_id
where (%(channel)s::text is null or c.code = %(channel)s) and (%(sku)s::text is null or i.sku = %(sku)s) and (%(q)s::text is null or starts_with(l.channel_sku, %(q)s::text))
    and (%(after_channel)s::text is null or (c.code, l.channel_sku) > (%(after_channel)s::text, %(after_sku)s::text))
order by c.code, l.channel_sku limit %(limit)s

-- name: unmapped_listed
-- SKUs that nobody knows, with the orders that wait for them, from the cases that a mapping clears: those that hold up most first.
select * from (
    select count(distinct o.id) || '~' || c.code || '~' || o.currency || '~' || l.sku as cursor, c.code as channel, l.sku, max(l.title) as title, count(distinct o.id)::int as orders, sum(l.qty_ordered_each)::int as qty_each,
        sum(l.goods_minor)::bigint as goods_minor, o.currency, min(x.opened_at) as since, min(x.due_at) as due_at
    from exception_queue_case x join exception_queue_reason r on r.code = x.reason_code join orders_order o on o.id = x.order_id join orders_line l on l.order_id = o.id join catalog_channel c on c.id = o.channel_id
    where x.state <> 'resolved' and r.clears_when ? 'sku.mapped' and l.item_id is null and l.qty_ordered_each > l.qty_cancelled_each and (x.line_id is null or x.line_id = l.id)
        and (%(channel)s::text is null or c.code = %(channel)s) and (%(q)s::text is null or starts_with(l.sku, %(q)s::text))
    group by c.code, l.sku, o.currency
) w
where %(after_orders)s::int is null or (-orders, channel, currency, sku) > (-%(after_orders)s::int, %(after_channel)s::text, %(after_currency)s::text, %(after_sku)s::text)
order by orders desc, channel, currency, sku limit %(limit)s

-- name: orders_waiting_for_sku
-- The orders behind the number, the oldest case first.
select x.id as cursor, x.id as case_id, o.number as order_number, c.code as channel, o.external_number, l.line_no, l.title, l.qty_ordered_each, l.unit_price, o.currency, o.total_minor, x.opened_at, x.due_at
from orders_line l join orders_order o on o.id = l.order_id join catalog_channel c on c.id = o.channel_id join exception_queue_case x on x.order_id = o.id join exception_queue_reason r on r.code = x.reason_code
where l.sku = %(sku)s and c.code = %(channel)s and l.item_id is null and l.qty_ordered_each > l.qty_cancelled_each and x.state <> 'resolved' and r.clears_when ? 'sku.mapped' and (x.line_id is null or x.line_id = l.id)
    and (%(after)s::bigint is null or x.id > %(after)s)
order by x.id limit %(limit)s

-- name: prices_listed
-- By SKU, list and quantity, the newest day first.
select i.sku || '~' || l.code || '~' || p.from_qty_each || '~' || p.valid_from_on as cursor, i.sku, i.name, l.code as price_list, l.currency, p.from_qty_each, p.unit_price, p.valid_from_on, p.valid_to_on
from catalog_price p join catalog_price_list l on l.id = p.price_list_id join catalog_item i on i.id = p.item_id
where (%(price_list)s::text is null or l.code = %(price_list)s) and (%(q)s::text is null or starts_with(i.sku, %(q)s::text))
    and (%(on_day)s::date is null or (p.valid_from_on <= %(on_day)s and (p.valid_to_on is null or p.valid_to_on >= %(on_day)s)))
    and (%(after_sku)s::text is null or i.sku >= %(after_sku)s)
    and (%(after_sku)s::text is null or (i.sku, l.code, p.from_qty_each, -(p.valid_from_on - date '2000-01-01')) > (%(after_sku)s::text, %(after_list)s::text, %(after_qty)s::int, -(%(after_day)s::date - date '2000-01-01')))
order by i.sku, l.code, p.from_qty_each, p.valid_from_on desc limit %(limit)s

-- name: nodes_listed
-- Nodes with what they may do today, by their own clock, and how much of their day is taken.
select n.code as cursor, n.code, n.name, n.kind, e.code as entity, n.country, n.region, n.zone, to_char(n.cut_off, 'HH24:MI') as cut_off, n.open_days, n.lead_time_days, n.handles_hazmat, n.is_active, n.partner,
    n.capacity_orders_per_day, t.taken, position(extract(isodow from %(as_of)s at time zone n.zone)::int::text in n.open_days) > 0 and c.id is null as is_open_today, to_char(%(as_of)s at time zone n.zone, 'HH24:MI') as local_time,
    (select count(*) from catalog_node_reach r where r.node_id = n.id) as zones
from catalog_node n join catalog_entity e on e.id = n.entity_id left join catalog_node_closure c on c.node_id = n.id and c.closed_on = (%(as_of)s at time zone n.zone)::date
left join lateral (
    select count(*)::int as taken from orders_fulfilment f where n.capacity_orders_per_day is not null and f.node_id = n.id and f.state <> 'cancelled'
        and f.planned_at >= date_trunc('day', %(as_of)s at time zone n.zone) at time zone n.zone
) t on true
where (%(kind)s::text is null or n.kind = %(kind)s) and (%(active)s::boolean is null or n.is_active = %(active)s) and (%(code)s::text is null or n.code = %(code)s) and (%(after)s::text is null or n.code > %(after)s)
order by n.code limit %(limit)s

-- name: node_card
select n.id, n.code, n.name, n.kind, e.code as entity, e.currency, n.zone, n.country, n.region, n.postcode, n.latitude, n.longitude, to_char(n.cut_off, 'HH24:MI') as cut_off, n.open_days,
    n.capacity_orders_per_day, n.lead_time_days, n.handles_hazmat, n.is_active, n.partner
from catalog_node n join catalog_entity e on e.id = n.entity_id where n.code = %(code)s

-- name: zones_of_node
select country, region, transit_days, cost_minor from catalog_node_reach where node_id = %(node_id)s order by country, region limit %(limit)s

-- name: closures_of_node
select closed_on, why from catalog_node_closure where node_id = %(node_id)s and closed_on >= %(today)s::date order by closed_on limit %(limit)s

-- name: parties_listed
-- The newest first; a word is the channel's key, or an e-mail where one may be asked for.
select p.id as cursor, p.id, p.kind, c.code as channel, p.external_ref, p.name, p.email, p.phone, p.segment, p.credit_limit_minor, e.currency, p.terms_days, p.tax_exempt_until_on, p.made_at
from catalog_party p left join catalog_channel c on c.id = p.channel_id left join catalog_entity e on e.id = c.entity_id
where (%(before)s::bigint is null or p.id < %(before)s) and (%(channel)s::text is null or c.code = %(channel)s) and (%(segment)s::text is null or p.segment = %(segment)s)
    and (%(kind)s::text is null or p.kind = %(kind)s)
order by p.id desc limit %(limit)s

-- name: parties_found
-- Each look is one index: the channel's key, or the e-mail.
with found(id) as (
    select p.id from catalog_party p where p.channel_id in (select c.id from catalog_channel c) and p.external_ref = %(q)s
    union select p.id from catalog_party p where %(email)s::text is not null and lower(p.email) = lower(%(email)s)
    union select p.id from catalog_party p where p.id = %(id)s::bigint
)
select p.id as cursor, p.id, p.kind, c.code as channel, p.external_ref, p.name, p.email, p.phone, p.segment, p.credit_limit_minor, e.currency, p.terms_days, p.tax_exempt_until_on, p.made_at
from found join catalog_party p on p.id = found.id left join catalog_channel c on c.id = p.channel_id left join catalog_entity e on e.id = c.entity_id
where (%(before)s::bigint is null or p.id < %(before)s) order by p.id desc limit %(limit)s

-- name: channel_codes
select code, name from catalog_channel order by code

-- name: price_list_codes
select code, currency from catalog_price_list order by code

-- name: export_items
select sku as cursor, sku, name, kind, item_class, state, weight_g, length_mm, width_mm, height_mm, hazmat_class, hs_code, country_of_origin, tax_class, barred_countries, oversell, available_on, unit_cost,
    unit_cost_currency, gtin from catalog_item where %(after)s::text is null or sku > %(after)s order by sku limit %(limit)s

-- name: export_nodes
select n.code as cursor, n.code, n.name, n.kind, e.code as entity, n.zone, n.country, n.region, n.postcode, n.latitude, n.longitude, to_char(n.cut_off, 'HH24:MI') as cut_off, n.open_days,
    n.capacity_orders_per_day, n.lead_time_days, n.handles_hazmat, n.is_active, n.partner
from catalog_node n join catalog_entity e on e.id = n.entity_id where %(after)s::text is null or n.code > %(after)s order by n.code limit %(limit)s

-- name: export_zones
select r.id::text as cursor, n.code as node, r.country, r.region, r.transit_days, r.cost_minor from catalog_node_reach r join catalog_node n on n.id = r.node_id
where %(after)s::text is null or r.id > %(after)s::bigint order by r.id limit %(limit)s

-- name: export_listings
select l.id::text as cursor, c.code as channel, l.channel_sku, i.sku, l.pack_each, l.is_sellable, l.valid_from_on, l.valid_to_on
from catalog_listing l join catalog_channel c on c.id = l.channel_id join catalog_item i on i.id = l.item_id where %(after)s::text is null or l.id > %(after)s::bigint order by l.id limit %(limit)s

-- name: export_prices
select p.id::text as cursor, l.code as price_list, i.sku, p.from_qty_each, p.valid_from_on, p.unit_price
from catalog_price p join catalog_price_list l on l.id = p.price_list_id join catalog_item i on i.id = p.item_id where %(after)s::text is null or p.id > %(after)s::bigint order by p.id limit %(limit)s

-- name: export_kits
select r.id::text as cursor, k.sku as kit, c.sku, r.qty_each as qty, r.price_share from catalog_kit_component r join catalog_item k on k.id = r.kit_id join catalog_item c on c.id = r.component_id
where %(after)s::text is null or r.id > %(after)s::bigint order by r.id limit %(limit)s

-- name: taxes_listed
-- Rates by place and class, the newest first of each.
select t.jurisdiction || '~' || t.tax_class || '~' || t.valid_from_on as cursor, t.jurisdiction, t.tax_class, t.rate * 100 as percent, t.taxes_shipping, t.valid_from_on, t.valid_to_on
from catalog_tax_rate t
where (%(q)s::text is null or starts_with(t.jurisdiction, upper(%(q)s::text))) and (%(on_day)s::date is null or (t.valid_from_on <= %(on_day)s and (t.valid_to_on is null or t.valid_to_on >= %(on_day)s)))
    and (%(after)s::text is null or t.jurisdiction || '~' || t.tax_class || '~' || t.valid_from_on > %(after)s)
order by 1 limit %(limit)s

-- name: services_listed
-- Ways to ship, with the channels' words for each.
select s.code as cursor, s.code, s.name, s.carrier, s.transit_days, s.weight_g_max, s.takes_hazmat, s.takes_po_box, nullif(array_to_string(s.countries, ', '), '') as countries, k.words
from catalog_shipping_service s left join lateral (
    select string_agg(c.code || ': ' || x.channel_code, ', ' order by c.code, x.channel_code) as words from catalog_shipping_code x join catalog_channel c on c.id = x.channel_id where x.service_id = s.id
) k on true
where %(after)s::text is null or s.code > %(after)s order by s.code limit %(limit)s

-- name: promotions_listed
-- Discount codes that orders may carry, by code.
select p.code || '~' || p.id as cursor, p.code, coalesce(c.code, '*') as channel, p.percent_max, p.valid_from_on, p.valid_to_on, p.is_active and p.valid_from_on <= %(today)s::date and (p.valid_to_on is null or p.valid_to_on >= %(today)s::date) as is_in_force
from catalog_promotion p left join catalog_channel c on c.id = p.channel_id
where (%(q)s::text is null or starts_with(p.code, upper(%(q)s::text))) and (%(after)s::text is null or p.code || '~' || p.id > %(after)s) order by 1 limit %(limit)s

-- name: items_alike
-- For each SKU that nobody knows, the items it might mean: named in its title, written alike, called alike, or with that GTIN; the likest first. Alike is what pg_trgm calls similar.
select w.n, a.sku, a.name, a.kind, a.state, a.likeness
from unnest(%(skus)s::text[], %(titles)s::text[]) with ordinality w(sku, title, n)
cross join lateral (
    select i.sku, i.name, i.kind, i.state, max(case when i.gtin = btrim(w.sku) or upper(i.sku) = upper(btrim(w.sku)) or i.sku = any(regexp_split_to_array(coalesce(w.title, ''), '\s+')) then 100
        else (100 * greatest(similarity(i.sku, w.sku), similarity(i.name, coalesce(w.title, '')), word_similarity(coalesce(nullif(w.title, ''), '-'), i.name)))::int end) as likeness
    from catalog_item i where (i.sku %% w.sku or i.name %% coalesce(w.title, '') or i.gtin = btrim(w.sku) or upper(i.sku) = upper(btrim(w.sku))
        or i.sku = any(regexp_split_to_array(coalesce(w.title, ''), '\s+'))) and i.state = 'active' and i.kind in ('goods', 'kit')
    group by i.id order by likeness desc, i.sku limit %(each)s
) a order by w.n, a.likeness desc, a.sku

-- name: what_a_mapping_frees
-- How many orders wait for one SKU of a channel, and what they are worth, by currency.
select o.currency, count(*)::int as orders, sum(o.total_minor)::bigint as total_minor from (
    select distinct x.order_id from exception_queue_case x join exception_queue_reason r on r.code = x.reason_code join orders_line l on l.order_id = x.order_id
    where x.state <> 'resolved' and r.clears_when ? 'sku.mapped' and l.sku = %(sku)s and l.item_id is null and l.qty_ordered_each > l.qty_cancelled_each and (x.line_id is null or x.line_id = l.id)
) w join orders_order o on o.id = w.order_id join catalog_channel c on c.id = o.channel_id where c.code = %(channel)s group by o.currency order by o.currency

-- name: shelves_of_item
-- What there is of an item, by node.
select n.code as node, n.name, p.on_hand_each, p.reserved_each, p.safety_each, p.in_transit_each, greatest(p.on_hand_each - p.reserved_each - p.safety_each, 0) as free_each
from stock_position p join catalog_node n on n.id = p.node_id where p.item_id = %(item_id)s order by n.code limit %(limit)s

-- name: history_of
-- What people and programs changed about one thing, the newest first.
select at, actor, deed, detail -> 'change' as before_after from governance_audit where subject = %(subject)s order by seq desc limit %(limit)s

-- name: load_of_node
-- What a node has in hand, by state.
select f.state, count(*)::int as n from orders_fulfilment f join catalog_node n on n.id = f.node_id where n.code = %(code)s and f.state in ('planned', 'released', 'picking', 'packed') group by f.state

-- name: account_of_party
-- What a customer on account owes and has ordered, and what of it is past due; the newest orders first.
select o.id, o.number, o.status, o.currency, o.total_minor, o.placed_at, o.commercial,
    case when o.commercial = 'open' then (case when o.qty_shipped_each = o.qty_ordered_each - o.qty_cancelled_each and o.qty_ordered_each > 0 then 0 else greatest(o.total_minor - o.invoiced_minor, 0) end
        + coalesce((select sum(case i.kind when 'invoice' then i.total_minor - i.paid_minor else -i.total_minor end) from ledger_invoice i where i.order_id = o.id), 0))::bigint else 0 end as owed_minor,
    coalesce((select sum(i.total_minor - i.paid_minor) from ledger_invoice i where i.order_id = o.id and i.kind = 'invoice' and i.due_on < %(today)s::date and i.total_minor > i.paid_minor), 0)::bigint as past_due_minor
from orders_basket b join orders_order o on o.id = b.order_id where b.on_account_of = %(party_id)s order by o.id desc limit %(limit)s
