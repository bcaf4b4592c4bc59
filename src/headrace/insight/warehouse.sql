-- name: node_queues
-- What each node has to do, and by when.
select n.code, n.name, n.partner, count(f.id) as fulfilments, coalesce(sum(f.qty_each - f.qty_shipped_each), 0)::int as pieces, count(*) filter (where f.state = 'planned') as planned,
    count(*) filter (where f.state = 'released') as released, count(*) filter (where f.state = 'picking') as picking, count(*) filter (where f.state = 'packed') as packed,
    min(f.cut_off_at) filter (where f.state <> 'planned') as cut_off_at, count(*) filter (where f.cut_off_at < %(as_of)s and f.state <> 'planned') as late
from catalog_node n left join orders_fulfilment f on f.node_id = n.id and f.state in ('planned', 'released', 'picking', 'packed') where n.is_active group by n.id order by n.code

-- name: queue_listed
-- The queue of a node: what leaves first first, then by priority. The cursor is the row's place.
select coalesce(f.cut_off_at, 'infinity'::timestamptz) || '~' || f.priority || '~' || f.id as cursor, f.id, f.number, o.number as order_number, f.state, f.hold, o.hold as order_hold, f.priority, f.cut_off_at, f.released_at,
    s.code as service, f.qty_each - f.qty_shipped_each as left_each, l.picked_each, l.skus, c.code as channel
from orders_fulfilment f join orders_order o on o.id = f.order_id join catalog_channel c on c.id = o.channel_id left join catalog_shipping_service s on s.id = f.service_id
join lateral (select sum(x.qty_picked_each)::int as picked_each, string_agg(i.sku, ', ' order by i.sku) as skus from orders_fulfilment_line x join catalog_item i on i.id = x.item_id where x.fulfilment_id = f.id) l on true
where f.node_id = (select id from catalog_node where code = %(node)s) and f.state in ('planned', 'released', 'picking', 'packed') and (%(state)s::text is null or f.state = %(state)s)
    and (%(after_id)s::bigint is null or (coalesce(f.cut_off_at, 'infinity'::timestamptz), f.priority, f.id) > (%(after_at)s::timestamptz, %(after_priority)s::int, %(after_id)s::bigint))
order by coalesce(f.cut_off_at, 'infinity'::timestamptz), f.priority, f.id limit %(limit)s

-- name: fulfilment_card
select f.id, f.number, f.order_id, o.number as order_number, n.code as node, n.name as node_name, n.partner, f.state, f.hold, o.hold as order_hold, f.priority, f.cut_off_at, f.qty_each, f.qty_shipped_each, f.packing,
    s.code as service, s.carrier, o.external_number, c.name as channel, e.name as entity, a.name, a.company, a.line1, a.line2, a.city, a.region, a.postcode, a.country, a.phone
from orders_fulfilment f join orders_order o on o.id = f.order_id join catalog_node n on n.id = f.node_id join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id
left join catalog_shipping_service s on s.id = f.service_id left join orders_address a on a.order_id = o.id and a.kind = 'ship' where f.id = %(fulfilment_id)s

-- name: fulfilment_lines
select l.id, i.sku, i.gtin, i.name, i.weight_g, l.qty_each, l.qty_picked_each, l.qty_short_each, l.qty_shipped_each, l.qty_each - l.qty_short_each - l.qty_shipped_each as left_each
from orders_fulfilment_line l join catalog_item i on i.id = l.item_id where l.fulfilment_id = %(fulfilment_id)s order by i.sku, l.id

-- name: next_in_queue
select f.number from orders_fulfilment f join orders_order o on o.id = f.order_id where f.node_id = (select id from catalog_node where code = %(node)s) and f.state in ('released', 'picking') and f.hold = 'clear' and o.hold = 'clear'
    and f.id <> %(fulfilment_id)s order by f.state = 'picking' desc, f.cut_off_at nulls last, f.priority, f.id limit 1

-- name: wave_lines
-- The pick list of several fulfilments: piece by piece of each item, with where each goes.
select i.sku, i.gtin, i.name, sum(l.qty_each - l.qty_short_each - l.qty_shipped_each - l.qty_picked_each)::int as left_each, jsonb_agg(jsonb_build_object('fulfilment', f.number, 'qty', l.qty_each - l.qty_short_each - l.qty_shipped_each - l.qty_picked_each) order by f.id) as goes
from orders_fulfilment f join orders_fulfilment_line l on l.fulfilment_id = f.id join catalog_item i on i.id = l.item_id join orders_order o on o.id = f.order_id
where f.id = any(%(fulfilment_ids)s::bigint[]) and f.state in ('released', 'picking') and f.hold = 'clear' and o.hold = 'clear' and l.qty_each > l.qty_short_each + l.qty_shipped_each + l.qty_picked_each
group by i.id order by i.sku
