-- name: availability
-- What may be promised per node, and what it is made of: what routing keeps back is the larger of the position's own and the policy's.
select n.code as node, p.on_hand_each, p.reserved_each, greatest(p.safety_each, %(safety)s) as safety_each,
    greatest(p.on_hand_each - p.reserved_each - greatest(p.safety_each, %(safety)s), 0) as sellable_each, p.damaged_each, p.quarantine_each, p.in_transit_each, p.unit_cost, e.currency
from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id join catalog_entity e on e.id = n.entity_id where i.sku = %(sku)s order by n.code

-- name: shelves
-- Whole SKUs with all their nodes, perhaps a few rows more than asked for, so that the last SKU shown is where the next look begins.
select * from (
select i.sku, n.code as node, p.on_hand_each, p.reserved_each, greatest(p.on_hand_each - p.reserved_each - greatest(p.safety_each, %(safety)s::int), 0) as sellable_each,
    p.damaged_each, p.quarantine_each, p.in_transit_each
from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id
where (%(node)s::text is null or n.code = %(node)s::text) and (%(begins)s::text is null or starts_with(i.sku, %(begins)s::text)) and (%(after)s::text is null or i.sku > %(after)s::text)
order by i.sku fetch first (%(limit)s::int) rows with ties
) p order by sku, node

-- name: availability_as_of
-- The same figure as it was: moves up to the moment, reservations that were live then. A position's own safety stock is the one of today.
with item as (
    select id from catalog_item where sku = %(sku)s
),
moved as (
    select m.node_id, coalesce(sum(m.qty_each) filter (where m.bucket = 'on_hand'), 0)::int as on_hand_each, coalesce(sum(m.qty_each) filter (where m.bucket = 'damaged'), 0)::int as damaged_each,
        coalesce(sum(m.qty_each) filter (where m.bucket = 'quarantine'), 0)::int as quarantine_each, coalesce(sum(m.qty_each) filter (where m.bucket = 'in_transit'), 0)::int as in_transit_each
    from stock_move m join item i on i.id = m.item_id where m.at <= %(moment)s group by m.node_id
),
promised as (
    select r.node_id, sum(r.qty_each)::int as reserved_each from stock_reservation r join item i on i.id = r.item_id
    where r.reserved_at <= %(moment)s and (r.ended_at is null or r.ended_at > %(moment)s) group by r.node_id
),
kept as (
    select p.node_id, p.safety_each from stock_position p join item i on i.id = p.item_id
)
select n.code as node, m.on_hand_each, coalesce(r.reserved_each, 0) as reserved_each, greatest(coalesce(k.safety_each, 0), %(safety)s) as safety_each,
    greatest(m.on_hand_each - coalesce(r.reserved_each, 0) - greatest(coalesce(k.safety_each, 0), %(safety)s), 0) as sellable_each, m.damaged_each, m.quarantine_each, m.in_transit_each
from moved m join catalog_node n on n.id = m.node_id left join promised r on r.node_id = m.node_id left join kept k on k.node_id = m.node_id order by n.code

-- name: moves_of_item
select m.at, n.code as node, m.bucket, m.kind, m.qty_each, m.cost_minor, m.origin, m.origin_id, m.reason, coalesce(m.actor, 'engine:' || b.stage) as who,
    coalesce(s.number, m.origin || coalesce(' ' || m.origin_id, ''), '') as document, case when s.id is not null then '/orders/SO-' || s.order_id when m.origin = 'transfer' then '/stock/transfers/' || m.origin_id end as address
from stock_move m join catalog_item i on i.id = m.item_id join catalog_node n on n.id = m.node_id left join engine_batch b on b.id = m.batch_id
left join orders_shipment s on m.origin = 'shipment' and s.id = m.origin_id
where i.sku = %(sku)s and m.at <= %(moment)s order by m.id desc limit %(limit)s

-- name: reservations_of_item
-- Promises that were live at the moment, with the order and the fulfilment that they are for.
select o.number as order_number, f.number as fulfilment, n.code as node, r.qty_each, r.reserved_at, r.expires_at, l.sku as ordered_as
from stock_reservation r join catalog_item i on i.id = r.item_id join catalog_node n on n.id = r.node_id join orders_line l on l.id = r.line_id
join orders_order o on o.id = l.order_id left join orders_fulfilment f on f.id = r.fulfilment_id
where i.sku = %(sku)s and r.reserved_at <= %(moment)s and (r.ended_at is null or r.ended_at > %(moment)s) order by r.id desc limit %(limit)s

-- name: expected_of_item
-- What is on order from suppliers and not in yet.
select p.number as purchase_order, n.code as node, l.qty_each - l.qty_received_each as open_each, l.expected_on
from purchasing_purchase_order_line l join purchasing_purchase_order p on p.id = l.purchase_order_id join catalog_item i on i.id = l.item_id left join catalog_node n on n.id = p.node_id
where i.sku = %(sku)s and l.qty_each > l.qty_received_each and p.state in ('approved', 'sent', 'confirmed', 'part_received') and p.order_id is null
order by l.expected_on nulls last, p.number limit %(limit)s

-- name: parts_of_kit
select c.sku, c.name, r.qty_each from catalog_kit_component r join catalog_item k on k.id = r.kit_id join catalog_item c on c.id = r.component_id where k.sku = %(sku)s order by c.sku
