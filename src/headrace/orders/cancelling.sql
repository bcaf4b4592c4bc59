-- name: lock_order
select id, number, state, commercial, hold, invoiced_minor, qty_shipped_each > 0 as has_shipped from orders_order where id = %(order_id)s for update

-- name: lines_of_order
-- What is left to cancel of each line: pieces that nobody holds, and pieces that are reserved somewhere.
select id, line_no, sku, item_id, kind, qty_ordered_each - qty_cancelled_each - qty_allocated_each as unfilled_each, qty_allocated_each - qty_shipped_each as held_each
from orders_line where order_id = %(order_id)s and qty_cancelled_each + qty_shipped_each < qty_ordered_each order by line_no, id

-- name: shrink_lines
-- A node is asked for less. What it has picked of the pieces that go is put back.
update orders_fulfilment_line l set qty_each = l.qty_each - d.qty, qty_picked_each = least(l.qty_picked_each, l.qty_each - l.qty_short_each - d.qty)
from unnest(%(line_ids)s::bigint[], %(qtys)s::int[]) d(id, qty) where l.id = d.id

-- name: shrink_fulfilments
-- Guarded: only what no parcel was closed for. With nothing left to ask for it has shipped what it had, if only a part of a kit, or is cancelled.
update orders_fulfilment f set qty_each = f.qty_each - d.qty, state = case when f.qty_each - d.qty > f.qty_shipped_each then f.state
    when exists (select from orders_fulfilment_line l where l.fulfilment_id = f.id and l.qty_shipped_each > 0) then 'shipped' else 'cancelled' end
from unnest(%(fulfilment_ids)s::bigint[], %(qtys)s::int[]) d(id, qty) where f.id = d.id and f.state in ('planned', 'released', 'picking')
returning f.id, f.state

-- name: cancel_lines
update orders_line l set qty_cancelled_each = l.qty_cancelled_each + d.qty, qty_allocated_each = l.qty_allocated_each - d.given
from unnest(%(line_ids)s::bigint[], %(qtys)s::int[], %(givens)s::int[]) d(id, qty, given) where l.id = d.id and l.order_id = %(order_id)s

-- name: count_cancelled
-- The order's counts follow its lines. One that waits for nothing any more has all that it will get.
update orders_order o set qty_cancelled_each = l.cancelled, qty_allocated_each = l.allocated, qty_released_each = greatest(o.qty_released_each - %(released)s, 0),
    state = case when o.state in ('backordered', 'preordered') and l.unfilled = 0 then 'allocated' else o.state end, wake_at = case when l.unfilled > 0 then o.wake_at end
from (
    select coalesce(sum(qty_cancelled_each) filter (where kind = 'goods'), 0)::int as cancelled, coalesce(sum(qty_allocated_each) filter (where kind = 'goods'), 0)::int as allocated,
        coalesce(sum(qty_ordered_each - qty_cancelled_each - qty_allocated_each) filter (where kind = 'goods'), 0)::int as unfilled,
        bool_or(qty_cancelled_each < qty_ordered_each) as lives
    from orders_line where order_id = %(order_id)s
) l
where o.id = %(order_id)s and o.commercial = 'open' returning l.lives, l.unfilled

-- name: let_go_for_good
-- Nothing of the order is left, so that nothing holds it.
update orders_order set hold = 'clear', wake_at = null where id = %(order_id)s
