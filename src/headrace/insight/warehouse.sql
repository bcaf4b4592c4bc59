-- name: fulfilment_card
select f.id, f.number, f.order_id, o.number as order_number, n.code as node, n.name as node_name, n.partner, f.state, f.hold, o.hold as order_hold, f.priority, f.cut_off_at, f.qty_each, f.qty_shipped_each, f.packing,
    s.code as service, s.carrier, o.external_number, c.name as channel, e.name as entity, a.name, a.company, a.line1, a.line2, a.city, a.region, a.postcode, a.country, a.phone
from orders_fulfilment f join orders_order o on o.id = f.order_id join catalog_node n on n.id = f.node_id join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id
left join catalog_shipping_service s on s.id = f.service_id left join orders_address a on a.order_id = o.id and a.kind = 'ship' where f.id = %(fulfilment_id)s

-- name: fulfilment_lines
select l.id, i.sku, i.gtin, i.name, i.weight_g, l.qty_each, l.qty_picked_each, l.qty_short_each, l.qty_shipped_each, l.qty_each - l.qty_short_each - l.qty_shipped_each as left_each
from orders_fulfilment_line l join catalog_item i on i.id = l.item_id where l.fulfilment_id = %(fulfilment_id)s order by i.sku, l.id

-- name: next_in_queue
select f.number from orders_fulfilment f join orders_order o on o.id = f.order_id where f.node_id = (select id from catalog_node where code = %(node)s) and f.state in ('released', 'picking') and f.hold = 'clear' and o.hold = 'clear'
    and f.id <> %(fulfilment_id)s order by f.state = 'picking' desc, f.cut_off_at nulls last, f.priority, f.id limit 1
