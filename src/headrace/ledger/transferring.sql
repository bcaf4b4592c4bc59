-- name: transfer_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, node, from_node, cost)
select 'STOCK-05', 'transfer', t.id, e.id, (%(as_of)s at time zone e.zone)::date, e.currency, n.code, f.code, %(cost)s
from purchasing_transfer t join catalog_node n on n.id = t.to_node_id join catalog_node f on f.id = t.from_node_id join catalog_entity e on e.id = n.entity_id
where t.id = %(transfer_id)s and %(cost)s <> 0
