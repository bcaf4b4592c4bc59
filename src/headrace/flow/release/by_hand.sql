-- name: orders_at_hand
-- Chosen orders, locked, and whether a person holds each.
select o.id, o.number, o.commercial, exists (select from exception_queue_case c where c.document = 'order' and c.document_id = o.id and c.reason_code = %(held_by_hand)s and c.state <> 'resolved') as is_held_by_hand
from orders_order o where o.id = any(%(order_ids)s::bigint[]) order by o.id for update of o

-- name: currencies_of_nodes
-- Currency of the books that a node's stock is in.
select n.id, e.currency from catalog_node n join catalog_entity e on e.id = n.entity_id where n.id = any(%(node_ids)s::bigint[])
