-- name: shipments_so_far
select count(*)::int as shipments from orders_shipment where fulfilment_id = %(fulfilment_id)s

-- name: country_of
select country from orders_address where order_id = %(order_id)s and kind = 'ship'
