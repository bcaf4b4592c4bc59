-- name: orders_page
-- The newest first; the cursor is the last number of the page before. JSON is built here, because building it in Python costs ten times as much.
select o.id, jsonb_build_object('number', o.number, 'channel', c.code, 'external_ref', o.external_ref, 'external_number', o.external_number, 'status', o.status, 'state', o.state, 'hold', o.hold,
    'currency', o.currency, 'total_minor', o.total_minor, 'authorised_minor', o.authorised_minor, 'captured_minor', o.captured_minor, 'refunded_minor', o.refunded_minor,
    'invoiced_minor', o.invoiced_minor, 'qty_ordered_each', o.qty_ordered_each, 'qty_cancelled_each', o.qty_cancelled_each, 'qty_allocated_each', o.qty_allocated_each,
    'qty_shipped_each', o.qty_shipped_each, 'qty_invoiced_each', o.qty_invoiced_each, 'placed_at', o.placed_at, 'captured_at', o.captured_at, 'expected_on', o.expected_on)::text as body
from orders_order o join catalog_channel c on c.id = o.channel_id
where (%(before)s::bigint is null or o.id < %(before)s) and (%(status)s::text is null or o.status = %(status)s) and (%(channel)s::text is null or c.code = %(channel)s)
order by o.id desc limit %(limit)s

-- name: stock_page
select p.item_id * 1000000 + p.node_id as id, jsonb_build_object('sku', i.sku, 'node', n.code, 'on_hand_each', p.on_hand_each, 'reserved_each', p.reserved_each, 'safety_each', p.safety_each,
    'sellable_each', greatest(p.on_hand_each - p.reserved_each - p.safety_each, 0), 'damaged_each', p.damaged_each, 'quarantine_each', p.quarantine_each, 'in_transit_each', p.in_transit_each)::text as body
from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id
where (%(before)s::bigint is null or (p.item_id, p.node_id) > (%(before)s::bigint / 1000000, %(before)s::bigint %% 1000000)) and (%(sku)s::text is null or i.sku = %(sku)s)
    and (%(node)s::text is null or n.code = %(node)s)
order by p.item_id, p.node_id limit %(limit)s

-- name: invoices_page
select i.id, jsonb_build_object('number', i.series || '-' || i.number, 'kind', i.kind, 'entity', e.code, 'order', 'SO-' || i.order_id, 'channel', i.channel_code, 'state', i.state, 'currency', i.currency,
    'goods_minor', i.goods_minor, 'discount_minor', i.discount_minor, 'shipping_minor', i.shipping_minor, 'tax_minor', i.tax_minor, 'total_minor', i.total_minor, 'paid_minor', i.paid_minor,
    'tax_jurisdiction', i.tax_jurisdiction, 'issued_on', i.issued_on, 'due_on', i.due_on)::text as body
from ledger_invoice i join catalog_entity e on e.id = i.entity_id
where (%(before)s::bigint is null or i.id < %(before)s) and (%(order_id)s::bigint is null or i.order_id = %(order_id)s) order by i.id desc limit %(limit)s

-- name: journal_page
select e.id, jsonb_build_object('entry', e.id, 'rule', e.rule, 'origin', e.origin, 'origin_id', e.origin_id, 'posted_on', e.posted_on, 'entity', n.code,
    'legs', (select jsonb_agg(jsonb_build_object('account', a.code, 'amount_minor', l.amount_minor, 'currency', l.currency) order by l.amount_minor desc, a.code) from ledger_leg l join ledger_account a on a.id = l.account_id
        where l.entry_id = e.id))::text as body
from ledger_entry e join catalog_entity n on n.id = e.entity_id
where (%(before)s::bigint is null or e.id < %(before)s) and (%(rule)s::text is null or e.rule = %(rule)s) order by e.id desc limit %(limit)s

-- name: queue_depths
select 'inbox' as queue, kind as name, count(*) as n, extract(epoch from clock_timestamp() - min(received_at))::float8 as oldest_s from engine_inbox where state = 'received' group by kind
union all
select 'outbox', partner, count(*), extract(epoch from clock_timestamp() - min(created_at))::float8 from engine_outbox where state in ('todo', 'doing') group by partner
union all
select 'dead_letters', partner, count(*), extract(epoch from clock_timestamp() - min(created_at))::float8 from engine_outbox where state = 'dead' group by partner
union all
select 'orders', state, count(*), null from orders_order where hold = 'clear' and state in ('captured', 'validated') group by state
union all
select 'exceptions', reason_code, count(*), extract(epoch from clock_timestamp() - min(opened_at))::float8 from exception_queue_case where state <> 'resolved' group by reason_code
union all
select 'exceptions_late', reason_code, count(*), extract(epoch from clock_timestamp() - min(due_at))::float8 from exception_queue_case
where state <> 'resolved' and late_at is not null group by reason_code

-- name: stage_totals
select stage, sum(taken)::bigint as taken, sum(parked)::bigint as parked, sum(seconds)::float8 as seconds, count(*) as batches from engine_batch group by stage

-- name: case_place
select due_at, id from exception_queue_case where id = %(case_id)s

-- name: order_messages
-- What programs sent before about these orders: the same version with other words is a mistake that the sender should hear of.
select i.message_key, b.body from engine_inbox i join engine_inbox_body b on b.inbox_id = i.id
where i.partner = %(partner)s and i.kind = 'order' and i.message_key = any(%(keys)s::text[]) and b.headers ->> 'via' = 'api' order by i.id

-- name: applied_migrations
select app, name from django_migrations

-- name: take_key
insert into api_answer (holder, key, request_hash, answered_at) values (%(holder)s, %(key)s, %(request_hash)s, transaction_timestamp())
on conflict (holder, key) do nothing returning id

-- name: keep_answer
update api_answer set status = %(status)s, body = %(body)s where holder = %(holder)s and key = %(key)s

-- name: kept_answer
select request_hash, status, body from api_answer where holder = %(holder)s and key = %(key)s

-- name: forget_answers
delete from api_answer where answered_at < transaction_timestamp() - make_interval(days => %(days)s)
