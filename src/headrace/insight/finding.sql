-- name: find_by_word
-- Whatever people have in hand: our number of an order, a fulfilment, a shipment or an invoice; the channel's number or key; a tracking number; an e-mail; a SKU. Each look is one index.
with hits(id, how) as (
    select id, 'number' from orders_order where id = %(order_id)s::bigint
    union all (select id, 'channel number' from orders_order where external_number = any(%(spellings)s::text[]) order by id desc limit %(limit)s)
    union all (select o.id, 'channel reference' from orders_order o where o.channel_id in (select c.id from catalog_channel c) and o.external_ref = any(%(spellings)s::text[]) limit %(limit)s)
    union all select order_id, 'fulfilment' from orders_fulfilment where id = %(fulfilment_id)s::bigint
    union all select order_id, 'shipment' from orders_shipment where id = %(shipment_id)s::bigint
    union all select i.order_id, 'invoice' from ledger_invoice i where i.entity_id in (select e.id from catalog_entity e) and i.series = %(series)s::text and i.number = %(invoice)s::bigint
    union all (select s.order_id, 'tracking number' from orders_parcel p join orders_shipment s on s.id = p.shipment_id where p.tracking = any(%(spellings)s::text[]) limit %(limit)s)
    union all (select order_id, 'e-mail' from (select order_id from orders_address where email is not null and lower(email) = %(email)s::text offset 0) a order by order_id desc limit %(limit)s)
    union all (select order_id, 'SKU' from orders_line where sku = any(%(spellings)s::text[]) order by order_id desc limit %(limit)s)
)
select id, min(how) as how from hits where id is not null and (%(before)s::bigint is null or id < %(before)s) group by id order by id desc limit %(limit)s

-- name: order_rows
-- Orders as a list shows them.
select o.id as cursor, o.id, o.number, c.code as channel, o.external_number, o.external_ref, o.status, o.state, o.hold, o.currency, o.total_minor, o.captured_minor, o.refunded_minor, o.invoiced_minor,
    o.qty_ordered_each, o.qty_shipped_each, o.qty_cancelled_each, o.placed_at, o.captured_at, o.promised_by, o.priority, a.name as customer, a.email, a.city, a.region, a.country, s.code as service,
    (select count(*) from exception_queue_case x where x.order_id = o.id and x.state <> 'resolved') as cases
from orders_order o join catalog_channel c on c.id = o.channel_id left join orders_address a on a.order_id = o.id and a.kind = 'ship' left join catalog_shipping_service s on s.id = o.shipping_service_id
where o.id = any(%(ids)s::bigint[]) order by o.id desc

-- name: newest_orders
-- Along the primary key, the newest first: what is common is found at once. Days are narrowed by the keys that the days' first and last orders have.
select o.id from orders_order o
where (%(before)s::bigint is null or o.id < %(before)s) and (%(status)s::text is null or o.status = %(status)s) and (%(channel_id)s::bigint is null or o.channel_id = %(channel_id)s)
    and (%(since)s::timestamptz is null or o.captured_at >= %(since)s) and (%(until)s::timestamptz is null or o.captured_at < %(until)s)
    and (%(first_id)s::bigint is null or o.id >= %(first_id)s) and (%(last_id)s::bigint is null or o.id <= %(last_id)s)
    and (%(straight)s::boolean is null or %(straight)s <> exists (select from exception_queue_case x join exception_queue_reason r on r.code = x.reason_code
        where x.order_id = o.id and coalesce(x.detail ->> 'severity', r.severity) <> 'warns'))
order by o.id desc limit %(limit)s

-- name: open_orders
-- Statuses that few orders have at a time: each through the index of what is open.
with found(id) as (
    select id from orders_order where %(status)s::text = 'on_hold' and hold = 'held'
    union all select id from orders_order where %(status)s::text = 'cancelled' and commercial = 'cancelled'
    union all select id from orders_order where %(status)s::text in ('captured', 'validated') and hold = 'clear' and state in ('captured', 'validated')
    union all select id from orders_order where %(status)s::text in ('backordered', 'preordered') and hold = 'clear' and state in ('backordered', 'preordered')
    union all select order_id from orders_fulfilment where %(status)s::text in ('allocated', 'released', 'partly_shipped') and state in ('planned', 'released', 'picking', 'packed')
    union all select id from orders_order where %(status)s::text = 'partly_shipped' and hold = 'clear' and state in ('backordered', 'preordered')
    union all select order_id from orders_shipment where %(status)s::text = 'shipped' and hold = 'clear' and state = 'shipped'
)
select distinct o.id from found f join orders_order o on o.id = f.id
where o.status = %(status)s and (%(before)s::bigint is null or o.id < %(before)s) and (%(channel_id)s::bigint is null or o.channel_id = %(channel_id)s)
    and (%(since)s::timestamptz is null or o.captured_at >= %(since)s) and (%(until)s::timestamptz is null or o.captured_at < %(until)s)
    and (%(straight)s::boolean is null or %(straight)s <> exists (select from exception_queue_case x join exception_queue_reason r on r.code = x.reason_code
        where x.order_id = o.id and coalesce(x.detail ->> 'severity', r.severity) <> 'warns'))
order by o.id desc limit %(limit)s

-- name: promised_orders
-- Orders that were promised before a moment, or between two, and have not left whole: through the indexes of what is open.
with open_orders(id) as (
    select id from orders_order where hold = 'held'
    union select id from orders_order where hold = 'clear' and state in ('captured', 'validated')
    union select id from orders_order where hold = 'clear' and state in ('backordered', 'preordered')
    union select order_id from orders_fulfilment where state in ('planned', 'released', 'picking', 'packed')
)
select o.id from open_orders x join orders_order o on o.id = x.id
where o.promised_by < %(promised_until)s and (%(promised_from)s::timestamptz is null or o.promised_by >= %(promised_from)s)
    and o.commercial = 'open' and o.qty_shipped_each < o.qty_ordered_each - o.qty_cancelled_each
    and (%(status)s::text is null or o.status = %(status)s) and (%(before)s::bigint is null or o.id < %(before)s) and (%(channel_id)s::bigint is null or o.channel_id = %(channel_id)s)
    and (%(since)s::timestamptz is null or o.captured_at >= %(since)s) and (%(until)s::timestamptz is null or o.captured_at < %(until)s)
    and (%(straight)s::boolean is null or %(straight)s <> exists (select from exception_queue_case x join exception_queue_reason r on r.code = x.reason_code
        where x.order_id = o.id and coalesce(x.detail ->> 'severity', r.severity) <> 'warns'))
order by o.id desc limit %(limit)s

-- name: keys_of_days
-- The lowest and highest key among the orders of these days; the block ranges of the moment's index find them without reading the rest. Materialized, because
-- the planner would else walk along the keys from one end.
with those as materialized (select id from orders_order where captured_at >= %(since)s and captured_at < %(until)s)
select min(id) as first_id, max(id) as last_id from those

-- name: channel_choices
select id, code, name from catalog_channel order by code
