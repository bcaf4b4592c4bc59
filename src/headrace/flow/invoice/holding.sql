-- name: with_siblings
-- Shipments whose tax differs too much, with all shipments of the same orders in the batch, each told what differs.
select s.shipment_id as id, 'tax' as field, t.tax_minor as value, t.tax_minor - t.tax_variance_minor as expected, t.tax_variance_minor as variance_minor, t.currency
from invoice_tray t join invoice_tray s using (order_id) where t.shipment_id = any(%(shipment_ids)s::bigint[]) order by s.shipment_id
