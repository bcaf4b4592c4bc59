-- name: bench_stands
-- What else the bench must know of a fulfilment: whether it was asked back, and the papers of what has left.
select f.recall, f.reject_reason, o.commercial,
    (select jsonb_agg(jsonb_build_object('number', i.series || '-' || i.number, 'state', i.state) order by i.id)
        from orders_shipment s join ledger_invoice i on i.shipment_id = s.id where s.fulfilment_id = f.id) as invoices,
    (select jsonb_agg(jsonb_build_object('carrier', p.carrier, 'tracking', p.tracking, 'weight_g', p.weight_g) order by p.id)
        from orders_shipment s join orders_parcel p on p.shipment_id = s.id where s.fulfilment_id = f.id) as gone
from orders_fulfilment f join orders_order o on o.id = f.order_id where f.id = %(fulfilment_id)s

-- name: last_scan
-- The newest scan of this person that can be taken back.
select s.scan_id, i.sku, s.qty_each from orders_scan s join orders_fulfilment_line l on l.id = s.line_id join catalog_item i on i.id = l.item_id
where s.fulfilment_id = %(fulfilment_id)s and s.actor = %(actor)s and s.qty_each > 0 and s.qty_each <= l.qty_picked_each - l.qty_shipped_each
    and not exists (select from orders_scan b where b.fulfilment_id = s.fulfilment_id and b.takes_back = s.scan_id)
order by s.id desc limit 1
