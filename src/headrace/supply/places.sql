-- name: node_by_code
select n.id, n.code, n.entity_id, n.zone, e.currency from catalog_node n join catalog_entity e on e.id = n.entity_id where n.code = %(code)s

-- name: nodes_by_code
select n.id, n.code, n.entity_id, n.zone, e.currency from catalog_node n join catalog_entity e on e.id = n.entity_id where n.code = any(%(codes)s::text[])

-- name: items_by_sku
select id, sku, kind from catalog_item where sku = any(%(skus)s::text[])

-- name: cases_waiting_for_items
-- Open cases that clear when stock comes, of orders that still want these items, by themselves or in a kit.
select distinct c.order_id from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code join orders_line l on l.order_id = c.order_id
where c.state = 'open' and r.clears_when ? 'stock.received' and l.kind = 'goods' and l.qty_ordered_each > l.qty_cancelled_each + l.qty_allocated_each
    and (l.item_id = any(%(item_ids)s::bigint[]) or l.item_id in (select kit_id from catalog_kit_component where component_id = any(%(item_ids)s::bigint[])))

-- name: currencies_of_nodes
select n.id, e.currency from catalog_node n join catalog_entity e on e.id = n.entity_id where n.id = any(%(ids)s::bigint[])
