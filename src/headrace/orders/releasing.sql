-- name: release_fulfilments
-- With the node's next cut-off, so that its queue sorts by what leaves first. The order counts what it handed out; history goes along.
with released as (
    update orders_fulfilment f set state = 'released', released_at = %(as_of)s, release_at = null, cut_off_at = c.cut_off_at
    from unnest(%(node_ids)s::bigint[], %(cut_offs)s::timestamptz[]) c(node_id, cut_off_at)
    where f.id = any(%(fulfilment_ids)s::bigint[]) and f.node_id = c.node_id and f.state = 'planned' returning f.id, f.order_id, f.qty_each
),
of_order as (
    select order_id, sum(qty_each)::int as qty from released group by order_id
),
counted as (
    update orders_order o set qty_released_each = o.qty_released_each + r.qty from of_order r where o.id = r.order_id
),
told as (
    insert into orders_history (order_id, at, event, batch_id) select order_id, %(as_of)s, 'released', %(batch_id)s from of_order order by order_id
)
select id from released

-- name: postpone_fulfilments
update orders_fulfilment f set release_at = d.moment from unnest(%(fulfilment_ids)s::bigint[], %(moments)s::timestamptz[]) d(id, moment) where f.id = d.id and f.state = 'planned'

-- name: fill_requests
-- What an outside warehouse needs to ship, as one message per fulfilment. Pieces that were shortened meanwhile are not asked for.
insert into outbox_tray (partner, kind, record_key, idempotency_key, body)
select n.partner, 'fulfilment.request', 'fulfilment:' || f.id, 'fulfilment:' || f.id || ':request',
    jsonb_build_object('fulfilment', f.number, 'order', o.number, 'order_ref', coalesce(o.external_number, o.external_ref), 'node', n.code, 'attempt', f.attempt,
        'cut_off_at', f.cut_off_at, 'promised_by', o.promised_by, 'priority', f.priority, 'service', s.code, 'carrier', s.carrier,
        'ship_to', jsonb_strip_nulls(jsonb_build_object('name', a.name, 'company', a.company, 'line1', a.line1, 'line2', a.line2, 'city', a.city, 'region', a.region,
            'postcode', a.postcode, 'country', a.country, 'phone', a.phone, 'email', a.email)),
        'lines', l.lines)
from orders_fulfilment f join catalog_node n on n.id = f.node_id join orders_order o on o.id = f.order_id
left join orders_address a on a.order_id = o.id and a.kind = 'ship' left join catalog_shipping_service s on s.id = f.service_id
join lateral (
    select jsonb_agg(jsonb_build_object('line', fl.id, 'sku', i.sku, 'qty', fl.qty_each - fl.qty_short_each, 'name', i.name) order by fl.id) as lines
    from orders_fulfilment_line fl join catalog_item i on i.id = fl.item_id where fl.fulfilment_id = f.id and fl.qty_each > fl.qty_short_each
) l on true
where f.id = any(%(fulfilment_ids)s::bigint[]) and n.partner is not null

-- name: lock_orders_of_fulfilments
select id from orders_order where id in (select order_id from orders_fulfilment where id = any(%(fulfilment_ids)s::bigint[])) order by id for no key update

-- name: find_fulfilments
-- `has_shipped` is also true of a kit of which only a part has left: that counts as no piece yet.
select f.id, f.number, f.order_id, f.node_id, f.attempt, f.state, f.hold, f.recall, f.packing, f.qty_each, f.qty_shipped_each, n.code as node, n.partner,
    exists (select from orders_fulfilment_line l where l.fulfilment_id = f.id and l.qty_shipped_each > 0) as has_shipped,
    s.carrier, s.code as service, o.number as order_number, o.hold as order_hold, o.state as order_state, o.attempt as order_attempt, n.country as node_country, n.entity_id
from orders_fulfilment f join catalog_node n on n.id = f.node_id join orders_order o on o.id = f.order_id left join catalog_shipping_service s on s.id = f.service_id
where f.id = any(%(fulfilment_ids)s::bigint[]) order by f.id for no key update of f

-- name: peek_open_fulfilments
select f.id, f.number, f.node_id, n.code as node, n.partner, f.state, f.recall from orders_fulfilment f join catalog_node n on n.id = f.node_id
where f.order_id = %(order_id)s and f.state in ('planned', 'released', 'picking', 'packed')

-- name: lines_of_fulfilments
select fl.id, fl.fulfilment_id, fl.line_id, fl.item_id, i.sku, i.gtin, i.name, i.weight_g, fl.per_kit_each, fl.qty_each, fl.qty_picked_each, fl.qty_short_each, fl.qty_shipped_each,
    fl.qty_each - fl.qty_short_each - fl.qty_shipped_each as left_each
from orders_fulfilment_line fl join catalog_item i on i.id = fl.item_id where fl.fulfilment_id = any(%(fulfilment_ids)s::bigint[]) order by fl.fulfilment_id, fl.id

-- name: move_fulfilments_from
update orders_fulfilment set state = %(to)s where id = any(%(fulfilment_ids)s::bigint[]) and state = any(%(from_states)s::text[])

-- name: count_picks
-- What left without a scan was picked, too. Below zero: taken back.
update orders_fulfilment_line l set qty_picked_each = greatest(l.qty_picked_each, l.qty_shipped_each) + d.qty from unnest(%(line_ids)s::bigint[], %(qtys)s::int[]) d(id, qty) where l.id = d.id

-- name: keep_packing
update orders_fulfilment set packing = %(packing)s::jsonb where id = %(fulfilment_id)s

-- name: shorten_lines
-- What was picked of the missing pieces was not picked after all.
update orders_fulfilment_line l set qty_short_each = l.qty_short_each + d.qty, qty_picked_each = least(l.qty_picked_each, l.qty_each - l.qty_short_each - d.qty)
from unnest(%(line_ids)s::bigint[], %(qtys)s::int[]) d(id, qty) where l.id = d.id

-- name: shorten_fulfilments
-- Guarded: only what is planned or at a node. What was packed must be packed anew.
update orders_fulfilment f set qty_each = f.qty_each - d.qty, packing = null,
    reject_reason = case when f.qty_each - d.qty = f.qty_shipped_each then d.reason else f.reject_reason end,
    state = case when f.qty_each - d.qty > f.qty_shipped_each then f.state when f.qty_shipped_each > 0 then 'shipped' else 'rejected' end
from unnest(%(fulfilment_ids)s::bigint[], %(qtys)s::int[], %(reasons)s::text[]) d(id, qty, reason)
where f.id = d.id and f.state in ('released', 'picking', 'packed')

-- name: set_recall
update orders_fulfilment set recall = %(recall)s where id = any(%(fulfilment_ids)s::bigint[])

-- name: fill_recalls
-- Asked again after a refusal it is another effect, so the moment is part of the key.
insert into outbox_tray (partner, kind, record_key, idempotency_key, body)
select n.partner, 'fulfilment.recall', 'fulfilment:' || f.id, 'fulfilment:' || f.id || ':recall:' || (extract(epoch from %(as_of)s::timestamptz) * 1000000)::bigint,
    jsonb_build_object('fulfilment', f.number, 'node', n.code, 'why', d.why)
from orders_fulfilment f join catalog_node n on n.id = f.node_id join unnest(%(fulfilment_ids)s::bigint[], %(whys)s::text[]) d(id, why) on d.id = f.id where n.partner is not null

-- name: open_fulfilments_of_orders
select id from orders_fulfilment where order_id = any(%(order_ids)s::bigint[]) and state in ('planned', 'released', 'picking', 'packed') order by id

-- name: queue_of_node
-- What the node works on, by cut-off and priority, with its lines.
select f.id, f.number as fulfilment, o.number as order, f.state, f.priority, f.cut_off_at, f.released_at, s.code as service, f.qty_each, l.lines
from orders_fulfilment f join catalog_node n on n.id = f.node_id join orders_order o on o.id = f.order_id left join catalog_shipping_service s on s.id = f.service_id
join lateral (
    select jsonb_agg(jsonb_build_object('line', x.id, 'sku', i.sku, 'gtin', i.gtin, 'name', i.name, 'qty', x.qty_each - x.qty_short_each - x.qty_shipped_each, 'picked', x.qty_picked_each)
        order by i.sku, x.id) as lines
    from orders_fulfilment_line x join catalog_item i on i.id = x.item_id where x.fulfilment_id = f.id and x.qty_each > x.qty_short_each + x.qty_shipped_each
) l on true
where n.code = %(node)s and f.state = any(%(states)s::text[]) and f.hold = 'clear' and o.hold = 'clear'
order by f.cut_off_at nulls last, f.priority, f.id limit %(limit)s

-- name: pieces_of_fulfilments
-- Order pieces by line that fulfilments hold; a kit counts once, whatever its parts.
select line_id, sum(qty)::int as qty_each from (
    select fulfilment_id, line_id, min((qty_each - qty_short_each) / per_kit_each) as qty from orders_fulfilment_line
    where fulfilment_id = any(%(fulfilment_ids)s::bigint[]) group by fulfilment_id, line_id
) p where qty > 0 group by line_id
