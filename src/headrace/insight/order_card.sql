-- name: order_exists
select exists (select from orders_order where id = %(order_id)s) as found

-- name: fulfilments_of
select f.id, f.number, n.code as node, n.name as node_name, n.partner, f.state, f.attempt, f.qty_each, f.qty_shipped_each, f.planned_at, f.released_at, f.release_at, f.cut_off_at, f.recall, f.reject_reason, s.code as service,
    (select jsonb_agg(jsonb_build_object('line_no', ol.line_no, 'sku', i.sku, 'name', i.name, 'qty', l.qty_each, 'picked', l.qty_picked_each, 'short', l.qty_short_each, 'shipped', l.qty_shipped_each) order by ol.line_no, i.sku)
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
