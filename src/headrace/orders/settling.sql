-- name: count_money
-- Amounts rise; an order that is whole and paid closes, in the same rewrite. One that has nothing to ship is whole once it is invoiced.
with raised as (
    update orders_order o set captured_minor = o.captured_minor + d.captured, refunded_minor = o.refunded_minor + d.refunded,
        authorised_minor = greatest(o.authorised_minor, o.captured_minor + d.captured),
        state = case when w.is_whole then 'closed' else o.state end, commercial = case when w.is_whole then 'closed' else o.commercial end
    from (select order_id, sum(captured)::bigint as captured, sum(refunded)::bigint as refunded
        from unnest(%(order_ids)s::bigint[], %(captured)s::bigint[], %(refunded)s::bigint[]) u(order_id, captured, refunded) group by order_id) d
    join orders_order b on b.id = d.order_id
    cross join lateral (select b.state = 'allocated' and b.commercial = 'open' and b.qty_shipped_each = b.qty_ordered_each - b.qty_cancelled_each
        and (b.qty_shipped_each > 0 or exists (select from ledger_invoice i where i.order_id = b.id))
        and b.qty_invoiced_each = b.qty_shipped_each and b.captured_minor + d.captured - b.refunded_minor - d.refunded >= b.invoiced_minor - b.credited_minor as is_whole) w
    where o.id = d.order_id returning o.id, w.is_whole
)
insert into orders_history (order_id, at, event, batch_id) select id, %(as_of)s, case when is_whole then 'closed' else 'paid' end, %(batch_id)s from raised

-- name: close_whole
-- Orders whose money another door has counted: what is whole and paid closes.
with closed as (
    update orders_order set state = 'closed', commercial = 'closed'
    where id = any(%(order_ids)s::bigint[]) and state = 'allocated' and commercial = 'open' and qty_shipped_each = qty_ordered_each - qty_cancelled_each
        and (qty_shipped_each > 0 or exists (select from ledger_invoice i where i.order_id = orders_order.id))
        and qty_invoiced_each = qty_shipped_each and captured_minor - refunded_minor >= invoiced_minor - credited_minor returning id
)
insert into orders_history (order_id, at, event, batch_id) select id, %(as_of)s, 'closed', %(batch_id)s from closed
