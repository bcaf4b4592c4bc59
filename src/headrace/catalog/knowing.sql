-- name: channels_by_code
select c.id, c.code, c.kind, c.entity_id, c.currency, c.prices_include_tax, c.capture_policy, c.gateway, c.is_active, c.settings, e.zone
from catalog_channel c join catalog_entity e on e.id = c.entity_id where c.code = any(%(codes)s::text[])

-- name: hold_listings
-- Whoever reads mappings to write orders by them, and whoever learns one and looks for the orders that wait for it, must not miss each other: readers
-- share, a lesson waits for those under way.
select pg_advisory_xact_lock_shared(4_711, 2)

-- name: lock_listings
select pg_advisory_xact_lock(4_711, 2)

-- name: items_for_skus
-- The channel's own mapping first, our SKU second.
select k.channel_id, k.sku, coalesce(m.item_id, i.id) as item_id, coalesce(m.pack_each, 1) as pack_each, coalesce(mi.kind, i.kind) as kind
from unnest(%(channel_ids)s::bigint[], %(skus)s::text[]) as k(channel_id, sku)
left join catalog_listing m on m.channel_id = k.channel_id and m.channel_sku = k.sku
    and (m.valid_from_on is null or m.valid_from_on <= %(as_of)s::date) and (m.valid_to_on is null or m.valid_to_on >= %(as_of)s::date)
left join catalog_item mi on mi.id = m.item_id
left join catalog_item i on i.sku = k.sku
where coalesce(m.item_id, i.id) is not null

-- name: know_charges
insert into catalog_item (sku, name, kind, item_class, tax_class, weight_g)
select t.sku, t.name, 'charge', t.class, 'exempt', 0 from unnest(%(skus)s::text[], %(names)s::text[], %(classes)s::text[]) t(sku, name, class) order by t.sku
on conflict (sku) do nothing

-- name: know_parties
-- Customers by the channel's key; one statement for those known and those new.
with sent as (
    select distinct on (channel_id, ref) * from unnest(%(channel_ids)s::bigint[], %(refs)s::text[], %(names)s::text[], %(emails)s::text[], %(phones)s::text[], %(segments)s::text[])
        as t(channel_id, ref, name, email, phone, segment) order by channel_id, ref
),
known as (
    select p.id, p.channel_id, p.external_ref from catalog_party p join sent s on p.channel_id = s.channel_id and p.external_ref = s.ref
),
made as (
    insert into catalog_party (channel_id, external_ref, name, email, phone, segment)
    select s.channel_id, s.ref, s.name, s.email, s.phone, coalesce(s.segment, 'retail') from sent s
    where not exists (select 1 from known k where k.channel_id = s.channel_id and k.external_ref = s.ref) order by s.channel_id, s.ref
    on conflict (channel_id, external_ref) do update set name = coalesce(excluded.name, catalog_party.name)
    returning id, channel_id, external_ref
)
select id, channel_id, external_ref from known union all select id, channel_id, external_ref from made

-- name: learn_listing
insert into catalog_listing (channel_id, channel_sku, item_id, pack_each, learned_by) values (%(channel_id)s, %(channel_sku)s, %(item_id)s, %(pack_each)s, %(actor)s)
on conflict (channel_id, channel_sku) do update set item_id = excluded.item_id, pack_each = excluded.pack_each, learned_by = excluded.learned_by

-- name: item_by_sku
select id, sku, kind, state from catalog_item where sku = %(sku)s
