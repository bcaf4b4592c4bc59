-- The facts of a batch, gathered once into narrow session tables that every check reads.

-- name: trays_stand
select to_regclass('pg_temp.validate_order') is not null and to_regclass('pg_temp.country_rule') is not null as stand

-- name: trays_are_used
select exists (select 1 from validate_order) or exists (select 1 from validate_rate) as used

-- name: empty_trays
truncate validate_rate, validate_order, validate_line, validate_sum

-- name: make_trays
-- The country rules stay for the whole session; the rest is emptied at every commit.
create temp table country_rule (country text primary key, needs_line1 boolean, needs_city boolean, needs_region boolean, needs_postcode boolean, has_regions boolean, postcode_dress text);
create temp table region_rule (country text, region text, postcode_begins text, primary key (country, region));
create temp table validate_rate (jurisdiction text, tax_class text, rate numeric, taxes_shipping boolean, from_on date, to_on date) on commit delete rows;
create temp table validate_order (
    order_id bigint, channel_id bigint, currency text, includes_tax boolean, goods_minor bigint, discount_minor bigint, shipping_minor bigint, tax_minor bigint,
    shipping_tax_minor bigint, total_minor bigint, paid_minor bigint, captured_minor bigint, expires_at timestamptz, verdict text, needs_verdict boolean, capture_policy text,
    party_id bigint, segment text, credit_limit_minor bigint, home_country text, home_currency text, price_list_id bigint, has_address boolean, country text, region text,
    is_po_box boolean, customer_hash bigint, shipping_code text, service_id bigint, placed_at timestamptz, placed_on date, is_test boolean,
    channel_taxes boolean, jurisdiction text, standard_rate numeric, reduced_rate numeric, shipping_rate numeric
) on commit delete rows;
create temp table validate_line (
    order_id bigint, line_id bigint, kind text, sku text, item_id bigint, qty_each int, unit_price numeric, goods_minor bigint, discount_minor bigint, tax_minor bigint,
    item_state text, item_class text, is_hazmat boolean, weight_g int, is_barred boolean, is_listed boolean, price_list_id bigint, placed_on date, qty_ordered_each int,
    pack_each int, rate numeric, recomputed_minor bigint
) on commit delete rows;
create temp table validate_sum (
    order_id bigint, n_lines int, goods_minor bigint, discount_minor bigint, tax_minor bigint, recomputed_minor bigint, has_goods boolean, has_hazmat boolean, weight_g bigint,
    heaviest_g int, is_unrated boolean, basket_key bigint, placed_at timestamptz
) on commit delete rows

-- name: copy_countries
copy country_rule (country, needs_line1, needs_city, needs_region, needs_postcode, has_regions, postcode_dress) from stdin

-- name: copy_regions
copy region_rule (country, region, postcode_begins) from stdin

-- name: gather_rates
-- A rate holds until the next one of its kind begins, whether or not somebody closed it.
insert into validate_rate
select jurisdiction, tax_class, rate, taxes_shipping, valid_from_on,
    least(coalesce(valid_to_on, 'infinity'), coalesce(lead(valid_from_on) over (partition by jurisdiction, tax_class order by valid_from_on) - 1, 'infinity'))
from catalog_tax_rate

-- name: gather_orders
-- The tax jurisdiction is the region's where there are rates for it, else the country's; a country without rates is an untaxed export.
-- Its rates on the day are looked up here, once per order: who is exempt and what is exported bears none.
with door as materialized (
    select c.id, c.needs_fraud_verdict, c.capture_policy, e.country as home_country, e.currency as home_currency, e.zone, l.id as price_list_id, l.currency as list_currency,
        s.id as default_service_id, coalesce((c.settings ->> 'marketplace_collects_tax')::boolean, false) as channel_taxes
    from catalog_channel c
    join catalog_entity e on e.id = c.entity_id
    left join catalog_price_list l on l.id = c.price_list_id
    left join catalog_shipping_service s on s.code = c.settings ->> 'default_service'
),
taxed_place as materialized (
    select distinct jurisdiction from validate_rate
),
placed as materialized (
    select o.id as order_id, o.channel_id, o.currency, o.prices_include_tax, o.goods_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.shipping_tax_minor, o.total_minor,
        greatest(o.authorised_minor, o.captured_minor) as paid_minor, o.captured_minor, o.payment_expires_at, o.fraud_verdict, d.needs_fraud_verdict, d.capture_policy,
        p.id as party_id, p.segment, p.credit_limit_minor, p.tax_exempt_until_on, d.home_country, d.home_currency, case when d.list_currency = o.currency then d.price_list_id end as price_list_id,
        a.order_id is not null as has_address, a.country, a.region, a.is_po_box, o.shipping_code, coalesce(o.shipping_service_id, m.service_id, d.default_service_id) as service_id,
        o.placed_at, (o.placed_at at time zone d.zone)::date as placed_on, o.is_test, d.channel_taxes,
        hashtextextended(coalesce('party:' || p.id, 'mail:' || lower(a.email), lower(a.name || '|' || a.line1 || '|' || a.postcode)), 0) as customer_hash,
        coalesce(a.country, d.home_country) as place, coalesce(regional.jurisdiction, national.jurisdiction) as rated_as
    from orders_order o
    join door d on d.id = o.channel_id
    left join catalog_party p on p.id = o.party_id
    left join orders_address a on a.order_id = o.id and a.kind = 'ship' and a.order_id = any(%(taken)s::bigint[])
    left join catalog_shipping_code m on m.channel_id = o.channel_id and m.channel_code = o.shipping_code
    left join taxed_place regional on regional.jurisdiction = a.country || '-' || a.region
    left join taxed_place national on national.jurisdiction = coalesce(a.country, d.home_country)
    where o.id = any(%(taken)s::bigint[])
)
insert into validate_order
select t.order_id, t.channel_id, t.currency, t.prices_include_tax, t.goods_minor, t.discount_minor, t.shipping_minor, t.tax_minor, t.shipping_tax_minor, t.total_minor, t.paid_minor,
    t.captured_minor, t.payment_expires_at, t.fraud_verdict, t.needs_fraud_verdict, t.capture_policy, t.party_id, t.segment, t.credit_limit_minor, t.home_country, t.home_currency,
    t.price_list_id, t.has_address, t.country, t.region, t.is_po_box, t.customer_hash, t.shipping_code, t.service_id, t.placed_at, t.placed_on, t.is_test, t.channel_taxes,
    coalesce(t.rated_as, case when u.is_export then t.place end), case when u.is_untaxed then 0 else standard.rate end,
    case when u.is_untaxed then 0 else coalesce(reduced.rate, standard.rate) end, case when u.is_untaxed or not standard.taxes_shipping then 0 else standard.rate end
from placed t
left join validate_rate standard on standard.jurisdiction = t.rated_as and standard.tax_class = 'standard' and t.placed_on between standard.from_on and standard.to_on
left join validate_rate reduced on reduced.jurisdiction = t.rated_as and reduced.tax_class = 'reduced' and t.placed_on between reduced.from_on and reduced.to_on
cross join lateral (select t.rated_as is null and %(untaxed_exports)s::boolean and t.place <> t.home_country as is_export) e
cross join lateral (select e.is_export, e.is_export or coalesce(t.tax_exempt_until_on >= t.placed_on, false) as is_untaxed) u

-- name: gather_lines
-- Recomputed tax is rounded per line, half away from zero; a gift card is not taxed when it is sold, and what the customs take on duties has no rate of ours.
insert into validate_line
select l.order_id, l.id, l.kind, l.sku, l.item_id, l.qty_ordered_each - l.qty_cancelled_each, l.unit_price, l.goods_minor, l.discount_minor, l.tax_minor,
    i.state, i.item_class, i.hazmat_class is not null, i.weight_g, v.country = any(i.barred_countries),
    m.id is null or (m.is_sellable and v.placed_on between coalesce(m.valid_from_on, '-infinity') and coalesce(m.valid_to_on, 'infinity')),
    case when l.kind = 'goods' and l.item_id is not null then v.price_list_id end, v.placed_on, l.qty_ordered_each, l.pack_each, r.rate,
    case when l.kind = 'charge' and i.item_class = 'duties' then l.tax_minor when v.includes_tax then round((l.goods_minor - l.discount_minor) * r.rate / (1 + r.rate)) else round((l.goods_minor - l.discount_minor) * r.rate) end
from validate_order v
join orders_line l on l.order_id = v.order_id
left join catalog_item i on i.id = l.item_id
left join catalog_listing m on m.channel_id = v.channel_id and m.channel_sku = l.sku
cross join lateral (
    select case when l.kind = 'gift_card' or i.tax_class in ('zero', 'exempt') then 0 when i.tax_class = 'reduced' then v.reduced_rate else v.standard_rate end as rate
) r

-- name: gather_sums
-- What the lines come to, with shipping's tax. The basket's key does not depend on the order of the lines.
with summed as (
    select order_id, count(*)::int as n_lines, sum(goods_minor)::bigint as goods_minor, sum(discount_minor)::bigint as discount_minor, sum(tax_minor)::bigint as tax_minor,
        sum(recomputed_minor)::bigint as recomputed_minor, bool_or(kind = 'goods' and qty_each > 0) as has_goods, bool_or(is_hazmat and qty_each > 0) as has_hazmat,
        sum(weight_g::bigint * qty_each)::bigint as weight_g, max(weight_g) filter (where qty_each > 0) as heaviest_g, bool_or(rate is null) as is_unrated,
        bit_xor(hashtextextended(coalesce(item_id::text, sku), qty_each)) filter (where qty_each > 0) as goods_hash
    from validate_line group by order_id
)
insert into validate_sum
select v.order_id, coalesce(s.n_lines, 0), coalesce(s.goods_minor, 0), coalesce(s.discount_minor, 0), coalesce(s.tax_minor, 0), coalesce(s.recomputed_minor, 0)
    + coalesce(case when v.includes_tax then round(v.shipping_minor * v.shipping_rate / (1 + v.shipping_rate)) else round(v.shipping_minor * v.shipping_rate) end, 0)::bigint,
    coalesce(s.has_goods, false), coalesce(s.has_hazmat, false), coalesce(s.weight_g, 0), coalesce(s.heaviest_g, 0),
    coalesce(s.is_unrated, false) or (v.shipping_minor <> 0 and v.shipping_rate is null),
    v.customer_hash # s.goods_hash # hashtextextended(s.n_lines || ':' || s.goods_minor, 0), v.placed_at
from validate_order v
left join summed s on s.order_id = v.order_id

-- name: rare_kinds
select coalesce(array_agg(order_id) filter (where v.is_test), '{}') as tests, bool_or(v.capture_policy = 'on_account') as has_accounts,
    bool_or(v.tax_minor <> s.recomputed_minor) as has_variances
from validate_order v join validate_sum s using (order_id)

-- name: accounts_of_batch
select distinct party_id from validate_order where capture_policy = 'on_account' and party_id is not null

-- name: fill_validated_tray
-- Tax that the marketplace collects is its own affair; where no rate is known there is nothing to compare.
insert into validated_tray (order_id, tax_jurisdiction, tax_recomputed_minor, shipping_service_id, basket_key, placed_at, on_account_of)
select order_id, v.jurisdiction, case when v.channel_taxes then v.tax_minor when v.jurisdiction is not null and not s.is_unrated then s.recomputed_minor end, v.service_id,
    s.basket_key, s.placed_at, case when v.capture_policy = 'on_account' then v.party_id end
from validate_order v join validate_sum s using (order_id) where order_id = any(%(ids)s::bigint[]) and not v.is_test

-- name: varying_lines
-- Lines whose tax differs, on orders whose tax differs: only there is the recomputed tax kept per line.
select l.line_id, l.recomputed_minor
from validate_order v join validate_sum s using (order_id) join validate_line l using (order_id)
where not v.channel_taxes and v.jurisdiction is not null and not s.is_unrated and v.tax_minor <> s.recomputed_minor and order_id = any(%(ids)s::bigint[]) and not v.is_test

-- name: settings_of_orders
-- What policy and sentences need to know about orders that failed.
select o.id as order_id, o.currency::text as currency, c.code as channel, c.kind from orders_order o join catalog_channel c on c.id = o.channel_id where o.id = any(%(order_ids)s::bigint[])

-- name: channels_named
-- Channels that policy names by code or by kind.
select id, code, kind from catalog_channel where code = any(%(names)s::text[]) or 'kind:' || kind = any(%(names)s::text[])
