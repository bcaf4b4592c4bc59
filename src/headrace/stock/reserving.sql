-- name: lock_positions
-- The one lock order of the house: item, then node.
select item_id, node_id, on_hand_each, reserved_each, safety_each from stock_position where item_id = any(%(item_ids)s::bigint[]) order by item_id, node_id for update

-- name: read_positions
select item_id, node_id, on_hand_each, reserved_each, safety_each from stock_position where item_id = any(%(item_ids)s::bigint[])

-- name: copy_reservations
copy stock_reservation (line_id, item_id, node_id, fulfilment_id, qty_each, per_kit_each, reserved_at, expires_at, batch_id) from stdin

-- name: raise_reserved
-- Guarded: a position that would be oversold is not updated, and the count shows it.
update stock_position p set reserved_each = p.reserved_each + d.qty
from unnest(%(item_ids)s::bigint[], %(node_ids)s::bigint[], %(qtys)s::int[]) d(item_id, node_id, qty)
where p.item_id = d.item_id and p.node_id = d.node_id and p.on_hand_each - p.reserved_each >= d.qty

-- name: live_of_orders
select r.id, r.line_id, r.item_id, r.node_id, r.qty_each, r.per_kit_each, l.order_id from stock_reservation r join orders_line l on l.id = r.line_id
where l.order_id = any(%(order_ids)s::bigint[]) and r.ended_at is null

-- name: live_of_fulfilment_lines
select r.id, r.line_id, r.item_id, r.node_id, r.qty_each, r.per_kit_each, f.order_id from stock_reservation r join orders_fulfilment f on f.id = r.fulfilment_id
where r.fulfilment_id = any(%(fulfilment_ids)s::bigint[]) and r.ended_at is null

-- name: end_reservations
-- Ends live reservations and gives the pieces back to their positions, in one statement.
with ended as (
    update stock_reservation set ended_at = %(as_of)s, ended_how = %(how)s where id = any(%(reservation_ids)s::bigint[]) and ended_at is null
    returning item_id, node_id, qty_each
),
given as (
    select item_id, node_id, sum(qty_each)::int as qty from ended group by item_id, node_id
)
update stock_position p set reserved_each = p.reserved_each - g.qty from given g where p.item_id = g.item_id and p.node_id = g.node_id

-- name: make_shipped_tray
create temp table if not exists shipped_tray (
    shipment_id bigint, order_line_id bigint, fulfilment_id bigint, item_id bigint, node_id bigint, qty_each int
) on commit delete rows

-- name: copy_shipped
copy shipped_tray (shipment_id, order_line_id, fulfilment_id, item_id, node_id, qty_each) from stdin

-- name: lock_shipped_positions
select count(*) as positions from (
    select 1 from stock_position p join (select distinct item_id, node_id from shipped_tray) s on s.item_id = p.item_id and s.node_id = p.node_id
    order by p.item_id, p.node_id for update of p) locked

-- name: ship_reserved
-- The reservation ends with what shipped; a rest goes on as a reservation of its own. The shelf and the promise fall together.
-- Found by line only: a best-seller has thousands of live reservations at a node, and `is not distinct from` keeps the planner off that index.
with shipped as (
    select fulfilment_id, order_line_id as line_id, item_id, node_id, sum(qty_each)::int as qty from shipped_tray group by 1, 2, 3, 4
),
ended as (
    update stock_reservation r set qty_each = s.qty, ended_at = %(as_of)s, ended_how = 'shipped' from shipped s
    where r.line_id = s.line_id and r.fulfilment_id = s.fulfilment_id and r.item_id is not distinct from s.item_id and r.node_id is not distinct from s.node_id
        and r.ended_at is null and r.qty_each >= s.qty
    returning r.line_id, r.item_id, r.node_id, r.fulfilment_id, new.qty_each as shipped, old.qty_each - new.qty_each as rest, r.per_kit_each, r.reserved_at, r.batch_id
),
rest as (
    insert into stock_reservation (line_id, item_id, node_id, fulfilment_id, qty_each, per_kit_each, reserved_at, batch_id)
    select line_id, item_id, node_id, fulfilment_id, rest, per_kit_each, reserved_at, batch_id from ended where rest > 0
),
fell as (
    update stock_position p set on_hand_each = p.on_hand_each - g.qty, reserved_each = p.reserved_each - g.qty
    from (select item_id, node_id, sum(qty)::int as qty from shipped group by 1, 2) g where p.item_id = g.item_id and p.node_id = g.node_id
    returning 1
)
select (select count(*) from shipped) as asked, (select count(*) from ended) as ended, (select count(*) from fell) as fell

-- name: write_ship_moves
-- Append-only, at the position's average cost of the moment. Cost by shipment comes back, and the tray is emptied.
with moved as (
    insert into stock_move (item_id, node_id, kind, qty_each, cost_minor, origin, origin_id, batch_id, at)
    select t.item_id, t.node_id, 'ship', -sum(t.qty_each)::int, -round(sum(t.qty_each) * p.unit_cost)::bigint, 'shipment', t.shipment_id, %(batch_id)s, %(as_of)s
    from shipped_tray t join stock_position p on p.item_id = t.item_id and p.node_id = t.node_id group by t.shipment_id, t.item_id, t.node_id, p.unit_cost
    returning origin_id, -cost_minor as cost_minor
),
emptied as (
    delete from shipped_tray
)
select origin_id as shipment_id, sum(cost_minor)::bigint as cost_minor from moved group by origin_id
