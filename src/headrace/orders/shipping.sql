-- name: make_shipping_trays
-- What a batch of confirmations says (confirmation, confirmed, parcel) and what becomes of it (placed, going, pieces). They empty themselves at commit.
create temp table if not exists confirmation_tray (
    message_id bigint, partner text, message_key text, fulfilment_id bigint, takes_all boolean, carrier text, cost_minor bigint, cost_currency text, shipped_at timestamptz
) on commit delete rows;
create temp table if not exists confirmed_tray (message_id bigint, fulfilment_line_id bigint, sku text, qty_each int) on commit delete rows;
create temp table if not exists parcel_tray (message_id bigint, carrier text, tracking text, weight_g int, content jsonb) on commit delete rows;
create temp table if not exists placed_tray (
    message_id bigint, message_key text, shipment_id bigint, fulfilment_id bigint, order_id bigint, node_id bigint, takes_all boolean, word text
) on commit delete rows;
create temp table if not exists going_tray (
    message_id bigint, shipment_id bigint, fulfilment_id bigint, fulfilment_line_id bigint, line_id bigint, item_id bigint, node_id bigint, qty_each int, is_part boolean
) on commit delete rows;
create temp table if not exists pieces_tray (message_id bigint, shipment_id bigint, fulfilment_id bigint, line_id bigint, qty_each int) on commit delete rows

-- name: empty_shipping_trays
-- So that one transaction may ship twice.
with a as (delete from confirmation_tray), b as (delete from confirmed_tray), c as (delete from parcel_tray), d as (delete from placed_tray), e as (delete from going_tray)
delete from pieces_tray

-- name: copy_confirmations
copy confirmation_tray (message_id, partner, message_key, fulfilment_id, takes_all, carrier, cost_minor, cost_currency, shipped_at) from stdin

-- name: copy_confirmed
copy confirmed_tray (message_id, fulfilment_line_id, sku, qty_each) from stdin

-- name: copy_parcels
copy parcel_tray (message_id, carrier, tracking, weight_g, content) from stdin

-- name: lock_orders_to_ship
-- Orders before all that hangs on them, by id: the one lock order of the book.
select count(*) as orders from (
    select 1 from orders_order where id in (select f.order_id from confirmation_tray c join orders_fulfilment f on f.id = c.fulfilment_id)
    order by id for no key update) locked

-- name: write_shipments
-- A shipment that completes no piece yet (part of a kit) has nothing to invoice.
insert into orders_shipment (id, order_id, fulfilment_id, node_id, external_ref, carrier, cost_minor, cost_currency, shipped_at, qty_each, state)
select p.shipment_id, p.order_id, p.fulfilment_id, p.node_id, p.message_key, c.carrier, c.cost_minor, c.cost_currency, c.shipped_at, coalesce(k.qty, 0),
    case when k.qty is null then 'invoiced' else 'shipped' end
from placed_tray p join confirmation_tray c using (message_id)
left join (select shipment_id, sum(qty_each)::int as qty from pieces_tray group by shipment_id) k using (shipment_id)
order by p.shipment_id returning id

-- name: write_shipment_lines
insert into orders_shipment_line (shipment_id, line_id, qty_each) select shipment_id, line_id, qty_each from pieces_tray order by shipment_id, line_id

-- name: write_parcels
insert into orders_parcel (shipment_id, carrier, tracking, weight_g, content)
select p.shipment_id, coalesce(x.carrier, c.carrier), x.tracking, x.weight_g, x.content
from parcel_tray x join placed_tray p using (message_id) join confirmation_tray c using (message_id) order by p.shipment_id

-- name: raise_fulfilment_lines
update orders_fulfilment_line fl set qty_shipped_each = fl.qty_shipped_each + d.qty
from (select fulfilment_line_id, sum(qty_each)::int as qty from going_tray group by fulfilment_line_id) d where fl.id = d.fulfilment_line_id

-- name: raise_fulfilments
-- Guarded: only what is at a node ships. Nothing left to ask for is shipped; what was packed has left.
update orders_fulfilment f set qty_shipped_each = f.qty_shipped_each + d.qty, packing = null,
    state = case when f.qty_shipped_each + d.qty = f.qty_each then 'shipped' else f.state end
from (
    select p.fulfilment_id, coalesce(sum(k.qty), 0)::int as qty
    from placed_tray p left join (select shipment_id, sum(qty_each) as qty from pieces_tray group by shipment_id) k using (shipment_id) group by p.fulfilment_id
) d
where f.id = d.fulfilment_id and f.state in ('released', 'picking', 'packed')

-- name: raise_shipped_lines
update orders_line l set qty_shipped_each = l.qty_shipped_each + d.qty
from (select line_id, sum(qty_each)::int as qty from pieces_tray group by line_id) d where l.id = d.line_id

-- name: raise_shipped_orders
-- The order counts its pieces; one line of history per order, whatever the number of packages.
with shipped as (
    select p.order_id, coalesce(sum(k.qty_each), 0)::int as qty from placed_tray p left join pieces_tray k using (shipment_id) group by p.order_id
),
raised as (
    update orders_order o set qty_shipped_each = o.qty_shipped_each + s.qty from shipped s where o.id = s.order_id and s.qty > 0
),
told as (
    insert into orders_history (order_id, at, event, batch_id) select order_id, %(as_of)s, 'shipped', %(batch_id)s from shipped order by order_id
)
select count(*) as orders from shipped

-- name: shipped_messages
select message_id, shipment_id, fulfilment_id from placed_tray

-- name: fill_shipped_notices
-- The channel is told once per shipment, in the order of the order's shipments, in the channel's own units: a pack counts when its last piece has left.
-- Doors that nobody listens behind are not told.
insert into outbox_tray (partner, kind, record_key, idempotency_key, body)
with so_far as (
    select k.shipment_id, k.line_id, l.external_ref, l.pack_each, k.qty_each,
        case when l.pack_each = 1 then 0 else (select coalesce(sum(x.qty_each), 0) from orders_shipment_line x where x.line_id = l.id and x.shipment_id < k.shipment_id) end as before
    from pieces_tray k join orders_line l on l.id = k.line_id
),
units as (
    select shipment_id, jsonb_agg(jsonb_build_object('line', external_ref, 'qty', qty) order by line_id) as lines
    from (select shipment_id, line_id, external_ref, (before + qty_each) / pack_each - before / pack_each as qty from so_far) n where qty > 0 group by shipment_id
),
parcels as (
    select p.shipment_id, jsonb_agg(jsonb_build_object('carrier', coalesce(x.carrier, c.carrier), 'tracking', x.tracking) order by x.tracking) as parcels
    from parcel_tray x join placed_tray p using (message_id) join confirmation_tray c using (message_id) where x.tracking is not null group by p.shipment_id
),
told as (
    -- Laid side by side in one sum, not joined: a wrong guess of their number would have each of them made again for each shipment.
    select shipment_id, any_value(lines) as lines, any_value(parcels) as parcels
    from (select shipment_id, null::jsonb as lines, null::jsonb as parcels from placed_tray union all select shipment_id, lines, null from units union all select shipment_id, null, parcels from parcels) p
    group by shipment_id
)
select c.code, 'fulfilment.shipped', 'order:' || o.id, 'shipment:' || s.id || ':notice',
    jsonb_build_object('order', o.external_ref, 'order_number', o.external_number, 'shipment', s.number, 'carrier', s.carrier, 'shipped_at', s.shipped_at,
        'parcels', coalesce(t.parcels, '[]'), 'lines', t.lines)
from told t join orders_shipment s on s.id = t.shipment_id join orders_order o on o.id = s.order_id join catalog_channel c on c.id = o.channel_id
where s.qty_each > 0 and c.kind not in ('file', 'api', 'store', 'portal')

-- name: add_parcels
-- A repeated confirmation that knows tracking numbers the first did not: they are added, none is taken away.
insert into orders_parcel (shipment_id, carrier, tracking, weight_g)
select distinct on (t.shipment_id, t.tracking) t.shipment_id, coalesce(t.carrier, s.carrier), t.tracking, t.weight_g
from unnest(%(shipment_ids)s::bigint[], %(carriers)s::text[], %(trackings)s::text[], %(weights)s::int[]) t(shipment_id, carrier, tracking, weight_g)
join orders_shipment s on s.id = t.shipment_id
where t.tracking is not null and not exists (select 1 from orders_parcel p where p.shipment_id = t.shipment_id and p.tracking = t.tracking)
returning shipment_id
