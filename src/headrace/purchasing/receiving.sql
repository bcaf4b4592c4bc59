-- name: open_receipt
insert into purchasing_receipt (node_id, external_ref, received_at, purchase_order_id) values (%(node_id)s, %(reference)s, %(received_at)s, %(purchase_order_id)s)
on conflict (node_id, external_ref) do nothing returning id

-- name: lines_of_receipt
select r.id as receipt_id, l.item_id, sum(l.qty_each)::int as qty_each, max(l.unit_cost) as unit_cost, r.purchase_order_id
from purchasing_receipt r join purchasing_receipt_line l on l.receipt_id = r.id
where r.node_id = %(node_id)s and r.external_ref = %(reference)s group by r.id, l.item_id order by l.item_id

-- name: write_receipt_lines
insert into purchasing_receipt_line (receipt_id, item_id, qty_each, unit_cost, purchase_order_line_id)
select %(receipt_id)s, item_id, qty, cost, line_id
from unnest(%(item_ids)s::bigint[], %(qtys)s::int[], %(costs)s::numeric[], %(order_line_ids)s::bigint[]) t(item_id, qty, cost, line_id)

-- name: count_received
-- Guarded: a line never gets more than was ordered.
update purchasing_purchase_order_line p set qty_received_each = p.qty_received_each + r.qty
from (select purchase_order_line_id as id, sum(qty_each)::int as qty from purchasing_receipt_line
    where receipt_id = %(receipt_id)s and purchase_order_line_id is not null group by 1) r
where p.id = r.id and p.qty_received_each + r.qty <= p.qty_each

-- name: advance_orders
update purchasing_purchase_order o set state = case when exists (
        select from purchasing_purchase_order_line l where l.purchase_order_id = o.id and l.qty_received_each < l.qty_each) then 'part_received' else 'received' end
where o.id in (select purchase_order_id from purchasing_purchase_order_line where id = any(%(line_ids)s::bigint[]))

-- name: lock_purchase_order
select id, state, node_id, entity_id, currency, order_id from purchasing_purchase_order where number = %(number)s for update

-- name: open_order_lines
select id, item_id, qty_each - qty_received_each as open_each, unit_cost from purchasing_purchase_order_line
where purchase_order_id = %(purchase_order_id)s and qty_each > qty_received_each order by expected_on nulls last, id for update
