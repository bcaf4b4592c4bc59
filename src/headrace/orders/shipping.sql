-- name: fulfilments_to_ship
select f.id, f.order_id, f.node_id, f.state, f.qty_each, f.qty_shipped_each, n.code as node, n.partner, n.entity_id, e.currency, e.zone, c.code as channel, o.commercial
from orders_fulfilment f join catalog_node n on n.id = f.node_id join catalog_entity e on e.id = n.entity_id join orders_order o on o.id = f.order_id
join catalog_channel c on c.id = o.channel_id
where f.id = any(%(fulfilment_ids)s::bigint[]) order by f.id for update of f

-- name: lines_to_ship
select fl.id, fl.fulfilment_id, fl.line_id, fl.item_id, fl.per_kit_each, fl.qty_each, fl.qty_shipped_each, fl.qty_short_each, i.sku
from orders_fulfilment_line fl join catalog_item i on i.id = fl.item_id where fl.fulfilment_id = any(%(fulfilment_ids)s::bigint[]) order by fl.id

-- name: confirmations_known
select s.id, s.node_id, s.external_ref from orders_shipment s
join unnest(%(node_ids)s::bigint[], %(refs)s::text[]) k(node_id, ref) on s.node_id = k.node_id and s.external_ref = k.ref

-- name: take_shipment_ids
select nextval('orders_shipment_id_seq')::bigint as id from generate_series(1, %(n)s)

-- name: copy_shipments
copy orders_shipment (id, order_id, fulfilment_id, node_id, external_ref, carrier, cost_minor, cost_currency, shipped_at, qty_each) from stdin

-- name: copy_shipment_lines
copy orders_shipment_line (shipment_id, line_id, qty_each) from stdin

-- name: copy_parcels
copy orders_parcel (shipment_id, carrier, tracking, weight_g, content) from stdin

-- name: raise_fulfilment_lines
update orders_fulfilment_line fl set qty_shipped_each = fl.qty_shipped_each + d.qty from unnest(%(line_ids)s::bigint[], %(qtys)s::int[]) d(id, qty) where fl.id = d.id

-- name: raise_fulfilments
update orders_fulfilment f set qty_shipped_each = f.qty_shipped_each + d.qty, state = case when d.is_done then 'shipped' else f.state end
from unnest(%(fulfilment_ids)s::bigint[], %(qtys)s::int[], %(done)s::boolean[]) d(id, qty, is_done) where f.id = d.id and f.state in ('released', 'picking', 'packed')

-- name: raise_shipped_lines
update orders_line l set qty_shipped_each = l.qty_shipped_each + d.qty from unnest(%(line_ids)s::bigint[], %(qtys)s::int[]) d(id, qty) where l.id = d.id

-- name: raise_shipped_orders
with raised as (
    update orders_order o set qty_shipped_each = o.qty_shipped_each + d.qty from unnest(%(order_ids)s::bigint[], %(qtys)s::int[]) d(id, qty) where o.id = d.id returning o.id
),
told as (
    insert into orders_history (order_id, at, event, batch_id) select id, %(as_of)s, 'shipped', %(batch_id)s from raised
)
select id from raised

-- name: fill_shipped_notices
-- The channel is told once per shipment, in the order of the order's shipments. Doors that nobody listens behind are not told.
insert into outbox_tray (partner, kind, record_key, idempotency_key, body)
select c.code, 'fulfilment.shipped', 'order:' || o.id, 'shipment:' || s.id || ':notice',
    jsonb_build_object('order', o.external_ref, 'shipment', s.number, 'carrier', s.carrier, 'shipped_at', s.shipped_at,
        'tracking', (select jsonb_agg(p.tracking) from orders_parcel p where p.shipment_id = s.id and p.tracking is not null),
        'lines', (select jsonb_agg(jsonb_build_object('line', l.external_ref, 'qty', sl.qty_each / l.pack_each)) from orders_shipment_line sl join orders_line l on l.id = sl.line_id
            where sl.shipment_id = s.id))
from orders_shipment s join orders_order o on o.id = s.order_id join catalog_channel c on c.id = o.channel_id
where s.id = any(%(shipment_ids)s::bigint[]) and c.kind not in ('file', 'api', 'store')

-- name: parcels_by_tracking
select id, tracking, track_state, track_rank, shipment_id from orders_parcel where tracking = any(%(trackings)s::text[]) order by id for update

-- name: write_tracking_events
insert into orders_tracking_event (parcel_id, status, happened_at, note, inbox_id)
select * from unnest(%(parcel_ids)s::bigint[], %(statuses)s::text[], %(moments)s::timestamptz[], %(notes)s::text[], %(inbox_ids)s::bigint[]) as t
on conflict (parcel_id, status, happened_at) do nothing

-- name: raise_parcels
-- Only ever forward: a late scan is kept, and moves nothing.
update orders_parcel p set track_state = d.status, track_rank = d.rank, tracked_at = d.moment
from unnest(%(parcel_ids)s::bigint[], %(statuses)s::text[], %(ranks)s::smallint[], %(moments)s::timestamptz[]) d(id, status, rank, moment)
where p.id = d.id and p.track_rank < d.rank
