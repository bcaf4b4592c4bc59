-- name: release_fulfilments
-- With the node's next cut-off, so that its queue sorts by what leaves first. The order counts what it handed out; history goes along.
with cut as (
    select n.id as node_id, min((d.day + n.cut_off) at time zone n.zone) as cut_off_at
    from catalog_node n cross join lateral (select ((%(as_of)s at time zone n.zone)::date + g) as day from generate_series(0, 14) g) d
    left join catalog_node_closure c on c.node_id = n.id and c.closed_on = d.day
    where c.id is null and position(extract(isodow from d.day)::int::text in n.open_days) > 0 and (d.day + n.cut_off) at time zone n.zone > %(as_of)s
    group by n.id
),
released as (
    update orders_fulfilment f set state = 'released', released_at = %(as_of)s, cut_off_at = cut.cut_off_at
    from (select id, node_id from orders_fulfilment where id = any(%(ids)s)) mine left join cut on cut.node_id = mine.node_id
    where f.id = mine.id and f.state = 'planned' returning f.id, f.order_id, f.qty_each
),
counted as (
    update orders_order o set qty_released_each = o.qty_released_each + r.qty from (select order_id, sum(qty_each)::int as qty from released group by order_id) r where o.id = r.order_id
),
told as (
    insert into orders_history (order_id, at, event, batch_id) select order_id, %(as_of)s, 'released', %(batch_id)s from released
)
select id from released

-- name: fill_requests
-- What an outside warehouse needs to ship, as one message per fulfilment.
insert into outbox_tray (partner, kind, record_key, idempotency_key, body)
select n.partner, 'fulfilment.request', 'fulfilment:' || f.id, 'fulfilment:' || f.id || ':request',
    jsonb_build_object('fulfilment', f.number, 'order', o.number, 'node', n.code, 'cut_off_at', f.cut_off_at, 'priority', f.priority, 'service', s.code,
        'ship_to', jsonb_strip_nulls(jsonb_build_object('name', a.name, 'company', a.company, 'line1', a.line1, 'line2', a.line2, 'city', a.city, 'region', a.region,
            'postcode', a.postcode, 'country', a.country, 'phone', a.phone, 'email', a.email)),
        'lines', l.lines)
from orders_fulfilment f join catalog_node n on n.id = f.node_id join orders_order o on o.id = f.order_id
left join orders_address a on a.order_id = o.id and a.kind = 'ship' left join catalog_shipping_service s on s.id = f.service_id
join (
    select fl.fulfilment_id, jsonb_agg(jsonb_build_object('line', fl.id, 'sku', i.sku, 'qty', fl.qty_each) order by fl.id) as lines
    from orders_fulfilment_line fl join catalog_item i on i.id = fl.item_id where fl.fulfilment_id = any(%(ids)s) group by fl.fulfilment_id
) l on l.fulfilment_id = f.id
where f.id = any(%(ids)s) and n.partner is not null

-- name: in_progress
select node_id, count(*) as fulfilments from orders_fulfilment where state in ('released', 'picking', 'packed') group by node_id

-- name: nodes_of_fulfilments
select id, node_id, priority from orders_fulfilment where id = any(%(ids)s) order by priority, id
