-- name: lock_orders_of_shipments
select from orders_order where id in (select order_id from orders_shipment where id = any(%(ids)s::bigint[])) order by id for no key update

-- name: count_invoiced_lines
update orders_line l set qty_invoiced_each = l.qty_invoiced_each + t.qty, invoiced_minor = l.invoiced_minor + t.net, invoiced_tax_minor = l.invoiced_tax_minor + t.tax
from (select line_id, sum(qty_each)::int as qty, sum(goods_minor - discount_minor)::bigint as net, sum(tax_minor)::bigint as tax from invoice_line_tray group by line_id) t
where l.id = t.line_id

-- name: count_invoiced_orders
-- Prepaid orders that are whole now close at once; the others when their money comes.
with amount as (
    select i.order_id, sum(i.goods_minor - i.discount_minor + i.shipping_minor + i.tax_minor)::bigint as total, sum(q.qty)::int as qty
    from invoice_tray i join (select shipment_id, sum(qty_each)::int as qty from invoice_line_tray group by shipment_id) q using (shipment_id) group by i.order_id
),
raised as (
    update orders_order o set qty_invoiced_each = o.qty_invoiced_each + a.qty, invoiced_minor = o.invoiced_minor + a.total,
        state = case when w.is_whole then 'closed' else o.state end, commercial = case when w.is_whole then 'closed' else o.commercial end
    from amount a join orders_order b on b.id = a.order_id
    cross join lateral (select b.state = 'allocated' and b.commercial = 'open' and b.qty_shipped_each = b.qty_ordered_each - b.qty_cancelled_each
        and b.qty_invoiced_each + a.qty = b.qty_shipped_each and b.captured_minor - b.refunded_minor >= b.invoiced_minor + a.total as is_whole) w
    where o.id = a.order_id returning o.id, w.is_whole
)
insert into orders_history (order_id, at, event, batch_id) select id, %(as_of)s, case when is_whole then 'closed' else 'invoiced' end, %(batch_id)s from raised

-- name: move_shipments
update orders_shipment set state = 'invoiced' where id = any(%(ids)s) and state = 'shipped' returning id
