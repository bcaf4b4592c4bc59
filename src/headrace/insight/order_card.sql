-- name: order_exists
select exists (select from orders_order where id = %(order_id)s) as found

-- name: fulfilments_of
select f.id, f.number, n.code as node, n.name as node_name, n.partner, f.state, f.attempt, f.qty_each, f.qty_shipped_each, f.planned_at, f.released_at, f.release_at, f.cut_off_at, f.recall, f.reject_reason, s.code as service,
    (select jsonb_agg(jsonb_build_object('line_no', ol.line_no, 'sku', i.sku, 'name', i.name, 'qty', l.qty_each, 'picked', l.qty_picked_each, 'short', l.qty_short_each, 'shipped', l.qty_shipped_each, 'per_kit', l.per_kit_each) order by ol.line_no, i.sku)
        from orders_fulfilment_line l join orders_line ol on ol.id = l.line_id join catalog_item i on i.id = l.item_id where l.fulfilment_id = f.id) as lines
from orders_fulfilment f join catalog_node n on n.id = f.node_id left join catalog_shipping_service s on s.id = f.service_id where f.order_id = %(order_id)s order by f.id

-- name: shipments_of
select s.id, s.number, n.code as node, s.qty_each, s.carrier, s.shipped_at, s.state, (select jsonb_agg(jsonb_build_object('tracking', p.tracking, 'state', p.track_state, 'weight_g', p.weight_g) order by p.id) from orders_parcel p
    where p.shipment_id = s.id) as parcels
from orders_shipment s join catalog_node n on n.id = s.node_id where s.order_id = %(order_id)s order by s.id

-- name: invoices_of
select i.series || '-' || i.number as number, i.kind, i.state, i.currency, i.total_minor, i.paid_minor, i.issued_on, i.due_on from ledger_invoice i where i.order_id = %(order_id)s order by i.id

-- name: payments_of
select p.kind, p.gateway, p.external_ref, p.amount_minor, p.currency, p.at, p.payout_id, p.expires_at from ledger_payment p where p.order_id = %(order_id)s order by p.at, p.id

-- name: returns_of
select r.number, r.state, r.reason, r.made_at, coalesce(sum(l.qty_each), 0)::int as qty_each, coalesce(sum(l.qty_received_each), 0)::int as qty_received_each, coalesce(sum(l.refund_minor), 0)::bigint as refund_minor
from orders_return r left join orders_return_line l on l.return_doc_id = r.id where r.order_id = %(order_id)s group by r.id order by r.id

-- name: discounts_of
select code, amount_minor from orders_discount where order_id = %(order_id)s order by id

-- name: goods_waited_for
-- What the order still wants and nobody holds, with what may be promised of it now and when more is expected.
select l.line_no, l.sku, l.qty_ordered_each - l.qty_cancelled_each - l.qty_allocated_each as wanted_each,
    (select coalesce(sum(greatest(p.on_hand_each - p.reserved_each - p.safety_each, 0)), 0)::int from stock_position p where p.item_id = l.item_id) as promisable_each
from orders_line l where l.order_id = %(order_id)s and l.kind = 'goods' and l.qty_ordered_each > l.qty_cancelled_each + l.qty_allocated_each order by l.line_no

-- name: node_codes
select code, name from catalog_node where is_active order by code

-- name: service_codes
select code from catalog_shipping_service order by code

-- name: others_of_customer
-- By e-mail, through its index; `is_alike` marks what may be the same order twice: the same total within a day.
with this as (select o.id, o.total_minor, o.currency, o.placed_at, lower(a.email) as email from orders_order o join orders_address a on a.order_id = o.id and a.email is not null where o.id = %(order_id)s limit 1)
select o.number, o.status, o.total_minor, o.currency, o.placed_at, c.code as channel, o.total_minor = t.total_minor and o.currency = t.currency and abs(extract(epoch from o.placed_at - t.placed_at)) < 86400 as is_alike
from this t cross join lateral (select distinct a.order_id from (select order_id from orders_address where email is not null and lower(email) = t.email offset 0) a where a.order_id <> t.id order by a.order_id desc limit %(limit)s) x
join orders_order o on o.id = x.order_id join catalog_channel c on c.id = o.channel_id order by o.id desc

-- name: nodes_with_stock
-- Active nodes with what each could promise of the goods of an order, SKU by SKU.
select n.code, n.name, (select string_agg(greatest(p.on_hand_each - p.reserved_each - p.safety_each, 0) || ' × ' || i.sku, ', ' order by i.sku)
    from stock_position p join catalog_item i on i.id = p.item_id where p.node_id = n.id and p.item_id in (
        select coalesce(k.component_id, l.item_id) from orders_line l left join catalog_kit_component k on k.kit_id = l.item_id where l.order_id = %(order_id)s and l.kind = 'goods')) as promisable
from catalog_node n where n.is_active order by n.code

-- name: names_of
select 'node' as what, id, code as name from catalog_node where id = any(%(node_ids)s::bigint[])
union all select 'item', id, sku from catalog_item where id = any(%(item_ids)s::bigint[])
