-- name: take_order_ids
select nextval('orders_order_id_seq')::bigint as id from generate_series(1, %(n)s)

-- name: make_order_tray
create temp table if not exists order_tray (
    id bigint, channel_id bigint, entity_id bigint, external_ref text, external_number text, source_version bigint, inbox_id bigint, party_id bigint, currency text,
    prices_include_tax boolean, goods_minor bigint, discount_minor bigint, shipping_minor bigint, tax_minor bigint, shipping_tax_minor bigint, total_minor bigint,
    authorised_minor bigint, captured_minor bigint, refunded_minor bigint, qty_ordered_each int, qty_cancelled_each int, shipping_code text, fraud_verdict text,
    payment_expires_at timestamptz, priority smallint, promised_by timestamptz, placed_at timestamptz, is_test boolean, extra jsonb
) on commit delete rows

-- name: copy_orders
copy order_tray (id, channel_id, entity_id, external_ref, external_number, source_version, inbox_id, party_id, currency, prices_include_tax, goods_minor, discount_minor,
    shipping_minor, tax_minor, shipping_tax_minor, total_minor, authorised_minor, captured_minor, refunded_minor, qty_ordered_each, qty_cancelled_each, shipping_code,
    fraud_verdict, payment_expires_at, priority, promised_by, placed_at, is_test, extra) from stdin

-- name: write_orders
-- Exactly once per (channel, external_ref): whoever loses the race gets no row back and looks again. Sorted, so that two batches never lock crosswise.
with written as (
    insert into orders_order (id, channel_id, entity_id, external_ref, external_number, source_version, inbox_id, party_id, currency, prices_include_tax, goods_minor,
        discount_minor, shipping_minor, tax_minor, shipping_tax_minor, total_minor, authorised_minor, captured_minor, refunded_minor, qty_ordered_each,
        qty_cancelled_each, shipping_code, fraud_verdict, payment_expires_at, priority, promised_by, placed_at, captured_at, is_test, extra)
    select id, channel_id, entity_id, external_ref, external_number, source_version, inbox_id, party_id, currency, prices_include_tax, goods_minor,
        discount_minor, shipping_minor, tax_minor, shipping_tax_minor, total_minor, authorised_minor, captured_minor, refunded_minor, qty_ordered_each,
        qty_cancelled_each, shipping_code, fraud_verdict, payment_expires_at, priority, promised_by, placed_at, %(as_of)s, is_test, extra
    from order_tray order by channel_id, external_ref
    on conflict (channel_id, external_ref) do nothing returning id
),
told as (
    insert into orders_history (order_id, at, event, batch_id) select id, %(as_of)s, 'captured', %(batch_id)s from written
),
emptied as (
    delete from order_tray
)
select id from written

-- name: copy_lines
copy orders_line (order_id, line_no, external_ref, kind, sku, item_id, title, unit_price, goods_minor, discount_minor, tax_minor, channel_taxes, pack_each,
    qty_ordered_each, qty_cancelled_each) from stdin

-- name: copy_addresses
copy orders_address (order_id, kind, name, company, line1, line2, city, region, postcode, country, phone, email) from stdin

-- name: copy_discounts
copy orders_discount (order_id, code, amount_minor) from stdin

-- name: find_orders
-- Locked in one order (by id), so that an edit and a stage never meet half way.
select o.id, o.channel_id, o.external_ref, o.source_version, o.state, o.hold, o.commercial, o.qty_ordered_each, o.qty_cancelled_each, o.qty_allocated_each, o.qty_released_each,
    o.qty_shipped_each, o.inbox_id
from orders_order o join unnest(%(channel_ids)s::bigint[], %(refs)s::text[]) as k(channel_id, external_ref) on o.channel_id = k.channel_id and o.external_ref = k.external_ref
order by o.id for update of o

-- name: refs_of_orders
select o.id, c.code as channel, o.external_ref from orders_order o join catalog_channel c on c.id = o.channel_id where o.id = any(%(order_ids)s::bigint[])

-- name: note_version
-- Goods stay as they are; what no stage decides by follows the channel at once. Older messages that come later stay older.
update orders_order o set source_version = v.version, inbox_id = v.inbox_id, external_number = v.external_number, priority = v.priority, extra = v.extra::jsonb
from unnest(%(order_ids)s::bigint[], %(versions)s::bigint[], %(inbox_ids)s::bigint[], %(numbers)s::text[], %(priorities)s::smallint[], %(extras)s::text[])
    v(order_id, version, inbox_id, external_number, priority, extra)
where o.id = v.order_id and o.source_version < v.version

-- name: note_money
-- Taken and given back are what the payments sum to, whatever order they came in; an older message fills only what no newer one said.
-- Led by the rows handed in, and by keys: while another transaction fills the tables in bulk, statistics can say that they are empty, and a join of
-- both as sets is then looped over.
update orders_order o set authorised_minor = greatest(o.authorised_minor, p.authorised, p.captured), captured_minor = p.captured, refunded_minor = least(p.refunded, p.captured),
    payment_expires_at = case when v.is_older then coalesce(o.payment_expires_at, v.expires_at) else coalesce(v.expires_at, o.payment_expires_at) end,
    fraud_verdict = case when v.is_older then coalesce(o.fraud_verdict, v.fraud) else coalesce(v.fraud, o.fraud_verdict) end
from unnest(%(order_ids)s::bigint[], %(expires)s::timestamptz[], %(fraud)s::text[], %(older)s::boolean[]) v(order_id, expires_at, fraud, is_older)
cross join lateral (
    select coalesce(sum(m.amount_minor) filter (where m.kind = 'authorised'), 0)::bigint as authorised, coalesce(sum(m.amount_minor) filter (where m.kind = 'captured'), 0)::bigint as captured,
        coalesce(sum(m.amount_minor) filter (where m.kind = 'refunded'), 0)::bigint as refunded from ledger_payment m where m.order_id = v.order_id
) p
where o.id = v.order_id and o.id = any(%(order_ids)s::bigint[])

-- name: count_own_money
-- What a message says was paid with a payment that another order has is not this order's.
update orders_order o set authorised_minor = greatest(p.authorised, p.captured), captured_minor = p.captured, refunded_minor = least(p.refunded, p.captured)
from unnest(%(order_ids)s::bigint[]) v(order_id)
cross join lateral (
    select coalesce(sum(m.amount_minor) filter (where m.kind = 'authorised'), 0)::bigint as authorised, coalesce(sum(m.amount_minor) filter (where m.kind = 'captured'), 0)::bigint as captured,
        coalesce(sum(m.amount_minor) filter (where m.kind = 'refunded'), 0)::bigint as refunded from ledger_payment m where m.order_id = v.order_id
) p
where o.id = v.order_id and o.id = any(%(order_ids)s::bigint[])

-- name: rewrite_headers
-- An order that has not been handed to a node becomes what its channel now says; it goes back to the start of the line.
update orders_order o set source_version = t.source_version, inbox_id = t.inbox_id, external_number = t.external_number, party_id = coalesce(t.party_id, o.party_id),
    prices_include_tax = t.prices_include_tax, goods_minor = t.goods_minor, discount_minor = t.discount_minor, shipping_minor = t.shipping_minor, tax_minor = t.tax_minor,
    shipping_tax_minor = t.shipping_tax_minor, total_minor = t.total_minor, qty_ordered_each = t.qty_ordered_each, qty_cancelled_each = t.qty_cancelled_each,
    qty_allocated_each = 0, shipping_code = t.shipping_code, priority = t.priority, promised_by = t.promised_by, extra = t.extra, state = 'captured', hold = 'clear',
    wake_at = null, expected_on = null, tax_recomputed_minor = null
from order_tray t where o.id = t.id and o.qty_released_each = 0 returning o.id

-- name: drop_old_children
with a as (delete from orders_address where order_id = any(%(readdressed)s::bigint[])),
  d as (delete from orders_discount where order_id = any(%(order_ids)s::bigint[]))
delete from orders_line l where l.order_id = any(%(order_ids)s::bigint[]) and not exists (select 1 from orders_fulfilment_line f where f.line_id = l.id)

-- name: cancel_planned_fulfilments
-- Their lines stay as a record of what had been planned; they point at lines that stay too.
update orders_fulfilment set state = 'cancelled' where order_id = any(%(order_ids)s::bigint[]) and state = 'planned' returning id

-- name: retire_old_lines
-- Lines that a cancelled fulfilment still names cannot go: they stay as fully cancelled, under a reference that frees the channel's own.
update orders_line set qty_cancelled_each = qty_ordered_each, qty_allocated_each = 0, external_ref = external_ref || '/before-' || %(batch_id)s, goods_minor = 0, discount_minor = 0,
    tax_minor = 0, tax_recomputed_minor = null where order_id = any(%(order_ids)s::bigint[]) and qty_shipped_each = 0 returning order_id, qty_ordered_each

-- name: count_retired
update orders_order o set qty_ordered_each = o.qty_ordered_each + r.qty, qty_cancelled_each = o.qty_cancelled_each + r.qty
from (select order_id, sum(qty_ordered_each) as qty from orders_line where order_id = any(%(order_ids)s::bigint[]) and external_ref like '%%/before-%%' and kind = 'goods'
    group by order_id) r where o.id = r.order_id

-- name: cancel_units
-- Everything not shipped is cancelled; what had been allocated must have been given back before.
with lines as (
    update orders_line set qty_cancelled_each = qty_ordered_each - qty_shipped_each, qty_allocated_each = qty_shipped_each
    where order_id = any(%(order_ids)s::bigint[]) returning order_id
)
update orders_order set qty_cancelled_each = qty_ordered_each - qty_shipped_each, qty_allocated_each = qty_shipped_each, hold = 'clear', wake_at = null
where id = any(%(order_ids)s::bigint[])

-- name: lock_waiting_orders
-- By id, before their lines, as everybody locks them.
select o.id from orders_order o where o.id in (select l.order_id from orders_line l where l.sku = %(channel_sku)s and l.item_id is null)
    and o.channel_id = %(channel_id)s and o.state = 'captured' order by o.id for update

-- name: map_waiting_lines
-- Lines that wait for a SKU get their item, in pieces by the pack factor; the orders' own counts follow.
with mapped as (
    update orders_line l set item_id = i.id, pack_each = %(pack_each)s, qty_ordered_each = l.qty_ordered_each / l.pack_each * %(pack_each)s,
        qty_cancelled_each = l.qty_cancelled_each / l.pack_each * %(pack_each)s, kind = case when i.kind in ('goods', 'kit') then l.kind else i.kind end
    from orders_order o, catalog_item i
    where i.id = %(item_id)s and o.id = any(%(order_ids)s::bigint[]) and o.id = l.order_id and o.state = 'captured' and l.sku = %(channel_sku)s and l.item_id is null
    returning l.order_id, l.id
)
select order_id, count(*) as lines from mapped group by order_id

-- name: recount_orders
update orders_order o set qty_ordered_each = l.qty, qty_cancelled_each = l.cancelled from (
    select order_id, coalesce(sum(qty_ordered_each) filter (where kind = 'goods'), 0)::int as qty, coalesce(sum(qty_cancelled_each) filter (where kind = 'goods'), 0)::int as cancelled
    from orders_line where order_id = any(%(order_ids)s::bigint[]) group by order_id) l
where o.id = l.order_id
