-- name: find_by_word
-- Whatever people have in hand: our number of an order, a fulfilment, a shipment, a return or an invoice; the channel's number or key; a tracking number; a payment's reference; the customer's own
-- purchase order; a SKU; and, for who may see them, an e-mail, a name or company, a phone number; a postcode. Each look is one index. `within` looks at these orders alone.
with recursive gateways(gateway) as (
    (select gateway from ledger_payment order by gateway limit 1)
    union all select (select p.gateway from ledger_payment p where p.gateway > g.gateway order by p.gateway limit 1) from gateways g where g.gateway is not null
),
hits(id, how) as (
    select id, 'number' from orders_order where id = %(order_id)s::bigint
    union all (select id, 'channel number' from (select id from orders_order where external_number = any(%(spellings)s::text[]) offset 0) o order by id desc limit %(limit)s)
    union all (select o.id, 'channel reference' from orders_order o where o.channel_id in (select c.id from catalog_channel c) and o.external_ref = any(%(spellings)s::text[]) limit %(limit)s)
    union all (select id, 'PO number' from (select id from orders_order where extra ? 'po_number' and extra ->> 'po_number' = any(%(spellings)s::text[]) offset 0) o order by id desc limit %(limit)s)
    union all select order_id, 'fulfilment' from orders_fulfilment where id = %(fulfilment_id)s::bigint
    union all select order_id, 'shipment' from orders_shipment where id = %(shipment_id)s::bigint
    union all select order_id, 'return' from orders_return where id = %(return_id)s::bigint
    union all select i.order_id, 'invoice' from ledger_invoice i where i.entity_id in (select e.id from catalog_entity e) and i.series = %(series)s::text and i.number = %(invoice)s::bigint
    union all (select s.order_id, 'tracking number' from orders_parcel p join orders_shipment s on s.id = p.shipment_id where p.tracking = any(%(spellings)s::text[]) limit %(limit)s)
    union all (select p.order_id, 'payment reference' from ledger_payment p where p.gateway in (select g.gateway from gateways g where g.gateway is not null) and p.external_ref = any(%(spellings)s::text[]) limit %(limit)s)
    union all (select order_id, 'e-mail' from (select order_id from orders_address where email is not null and lower(email) = %(email)s::text offset 0) a order by order_id desc limit %(limit)s)
    union all (select order_id, case when %(is_phone)s then 'phone' else 'name' end from (select a.order_id from orders_address a where headrace_address_words(a.name, a.company, a.phone, a.postcode) @@ %(people)s::tsquery offset 0) a order by order_id desc limit %(limit)s)
    union all (select order_id, 'postcode' from (select a.order_id from orders_address a where headrace_address_words(a.name, a.company, a.phone, a.postcode) @@ %(place)s::tsquery offset 0) a order by order_id desc limit %(limit)s)
    union all (select l.order_id, 'SKU' from unnest(%(spellings)s::text[]) x(sku) cross join lateral (
        select order_id from orders_line l where l.sku = x.sku and l.order_id < coalesce(%(before)s::bigint, 9223372036854775807) order by l.sku, l.order_id desc limit %(limit)s) l)
)
select id, min(how) as how from hits where id is not null and id < coalesce(%(before)s::bigint, 9223372036854775807) group by id order by id desc limit %(limit)s

-- name: match_word
-- Which of these orders a word points to: the looks that may find very many, asked the other way round.
select o.id, case when exists (select from orders_line l where l.order_id = o.id and l.sku = any(%(spellings)s::text[])) then 'SKU' when a.hit = 1 then 'name' when a.hit = 2 then 'postcode' when a.hit = 3 then 'e-mail' end as how
from orders_order o left join lateral (
    select max(case when lower(a.email) = %(email)s::text then 3 when headrace_address_words(a.name, a.company, a.phone, a.postcode) @@ %(people)s::tsquery then 1
        when headrace_address_words(a.name, a.company, a.phone, a.postcode) @@ %(place)s::tsquery then 2 end) as hit from orders_address a where a.order_id = o.id
) a on true
where o.id = any(%(ids)s::bigint[]) and (a.hit is not null or exists (select from orders_line l where l.order_id = o.id and l.sku = any(%(spellings)s::text[])))

-- name: order_rows
-- Orders as a list shows them.
select o.id as cursor, o.id, o.id as order_id, o.number, c.code as channel, e.code as entity, o.external_number, o.external_ref, o.status, o.state, o.hold, o.currency, o.total_minor, o.captured_minor, o.refunded_minor, o.invoiced_minor,
    o.qty_ordered_each, o.qty_shipped_each, o.qty_cancelled_each, o.placed_at, o.captured_at, o.promised_by, o.priority, a.name as customer, a.email, a.city, a.region, a.country, s.code as service,
    (select count(*) from exception_queue_case x where x.order_id = o.id and x.state <> 'resolved') as cases,
    (select string_agg(distinct n.code, ', ') from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.order_id = o.id and f.state <> 'cancelled') as nodes
from orders_order o join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id left join orders_address a on a.order_id = o.id and a.kind = 'ship'
left join catalog_shipping_service s on s.id = o.shipping_service_id
where o.id = any(%(ids)s::bigint[]) order by o.id desc

-- name: matching_orders
-- Orders between two keys (or among these) that all the filters let through, the newest first. A filter that was not chosen is null and costs nothing.
select o.id from orders_order o
where o.id > %(low)s and o.id <= %(high)s and (%(ids)s::bigint[] is null or o.id = any(%(ids)s::bigint[]))
    and (%(status)s::text is null or o.status = %(status)s) and (%(channel_id)s::bigint is null or o.channel_id = %(channel_id)s) and (%(entity_id)s::bigint is null or o.entity_id = %(entity_id)s)
    and (%(since)s::timestamptz is null or o.captured_at >= %(since)s) and (%(until)s::timestamptz is null or o.captured_at < %(until)s)
    and (%(hold)s::text is null or o.hold = %(hold)s) and (%(is_test)s::boolean is null or o.is_test = %(is_test)s)
    and (%(total_from)s::numeric is null or o.total_minor >= %(total_from)s * power(10, headrace_minor_digits(o.currency))) and (%(total_to)s::numeric is null or o.total_minor <= %(total_to)s * power(10, headrace_minor_digits(o.currency)))
    and (%(promised_before)s::timestamptz is null or (o.promised_by < %(promised_before)s and o.commercial = 'open' and o.qty_shipped_each < o.qty_ordered_each - o.qty_cancelled_each))
    and (%(promised_from)s::timestamptz is null or o.promised_by >= %(promised_from)s)
    and (%(unshipped_since)s::timestamptz is null or (o.captured_at < %(unshipped_since)s and o.commercial = 'open' and o.qty_shipped_each < o.qty_ordered_each - o.qty_cancelled_each))
    and (%(payment)s::text is null or %(payment)s = case when o.refunded_minor > 0 then 'refunded' when o.captured_minor >= o.total_minor then 'paid' when o.captured_minor > 0 then 'part_paid' when o.authorised_minor > 0 then 'authorised' else 'unpaid' end)
    and (%(country)s::text is null or exists (select from orders_address a where a.order_id = o.id and a.kind = 'ship' and a.country = %(country)s))
    and (%(node_id)s::bigint is null or exists (select from orders_fulfilment f where f.order_id = o.id and f.node_id = %(node_id)s and f.state <> 'cancelled'))
    and (%(straight)s::boolean is null or %(straight)s = not exists (select from exception_queue_case x join exception_queue_reason r on r.code = x.reason_code where x.order_id = o.id and coalesce(x.detail ->> 'severity', r.severity) <> 'warns'))
    and (%(has_returns)s::boolean is null or %(has_returns)s = exists (select from orders_return r where r.order_id = o.id))
    and (%(segment)s::text is null or o.party_id in (select p.id from catalog_party p where p.segment = %(segment)s))
    and (%(tag)s::text is null or lower(o.extra ->> 'tags') like '%%' || lower(%(tag)s::text) || '%%')
order by o.id desc limit %(limit)s

-- name: open_orders
-- Orders that few are at a time, each through the index of what is open; `which` is a status, or `open` for all that is not done.
select id from orders_order where %(which)s::text in ('on_hold', 'open') and hold = 'held'
union select id from orders_order where %(which)s::text = 'cancelled' and commercial = 'cancelled'
union select id from orders_order where %(which)s::text in ('captured', 'validated', 'open') and hold = 'clear' and state in ('captured', 'validated')
union select id from orders_order where %(which)s::text in ('backordered', 'preordered', 'partly_shipped', 'open') and hold = 'clear' and state in ('backordered', 'preordered')
union select order_id from orders_fulfilment where %(which)s::text in ('allocated', 'released', 'partly_shipped', 'open') and state in ('planned', 'released', 'picking', 'packed')
union select order_id from orders_shipment where %(which)s::text = 'shipped' and hold = 'clear' and state = 'shipped'
union select order_id from orders_return where %(which)s::text = 'returned' and order_id is not null
union select id from orders_order where %(which)s::text = 'test' and is_test

-- name: keys_of_days
-- The lowest and highest key among the orders of these days, found by the moment's index. Materialized, because
-- the planner would else walk along the keys from one end.
with those as materialized (select id from orders_order where captured_at >= %(since)s and captured_at < %(until)s)
select min(id) as first_id, max(id) as last_id from those

-- name: newest_key
select coalesce(max(id), 0) as id from orders_order

-- name: channel_choices
select id, code, name from catalog_channel order by code

-- name: entity_choices
select id, code, name from catalog_entity order by code

-- name: node_options
select id, code, name from catalog_node order by code

-- name: country_choices
-- Where nodes ship to.
select distinct country from catalog_node_reach where country <> '*' order by country

-- name: segment_choices
select distinct segment from catalog_party order by segment
