-- name: scan_known
select s.line_id, i.sku, s.code, s.qty_each, s.picked_each, s.asked_each, s.takes_back
from orders_scan s join orders_fulfilment_line l on l.id = s.line_id join catalog_item i on i.id = l.item_id
where s.fulfilment_id = %(fulfilment_id)s and s.scan_id = %(scan_id)s

-- name: scan_taken_back
select s.line_id, i.sku, s.code, s.qty_each, s.picked_each, s.asked_each, s.takes_back
from orders_scan s join orders_fulfilment_line l on l.id = s.line_id join catalog_item i on i.id = l.item_id
where s.fulfilment_id = %(fulfilment_id)s and s.takes_back = %(scan_id)s

-- name: keep_scan
insert into orders_scan (fulfilment_id, line_id, scan_id, code, qty_each, picked_each, asked_each, takes_back, actor, scanned_at)
values (%(fulfilment_id)s, %(line_id)s, %(scan_id)s, %(code)s, %(qty_each)s, %(picked_each)s, %(asked_each)s, %(takes_back)s, %(actor)s, %(as_of)s)

-- name: forget_scans
delete from orders_scan where id in (select id from orders_scan where scanned_at < %(before)s order by scanned_at limit %(limit)s for update skip locked)
