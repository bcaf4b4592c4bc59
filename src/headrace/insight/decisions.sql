-- name: node_currencies
-- In which currency each node's parcels are paid: its legal entity's.
select n.code, e.currency from catalog_node n join catalog_entity e on e.id = n.entity_id order by n.code
