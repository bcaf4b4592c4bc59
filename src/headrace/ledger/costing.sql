-- name: cost_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, node, cost)
select 'COGS-01', 'shipment', s.id, n.entity_id, (s.shipped_at at time zone e.zone)::date, e.currency, c.code, n.code, k.cost_minor
from unnest(%(shipment_ids)s::bigint[], %(costs)s::bigint[]) k(shipment_id, cost_minor) join orders_shipment s on s.id = k.shipment_id
join catalog_node n on n.id = s.node_id join catalog_entity e on e.id = n.entity_id join orders_order o on o.id = s.order_id join catalog_channel c on c.id = o.channel_id
where k.cost_minor <> 0

-- name: stock_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, node, reason, cost)
select %(rule)s, 'stock_move', f.first_id, n.entity_id, (%(as_of)s at time zone e.zone)::date, e.currency, n.code, coalesce(f.reason, 'unnamed'), f.cost_minor
from unnest(%(node_ids)s::bigint[], %(reasons)s::text[], %(costs)s::bigint[], %(first_ids)s::bigint[]) f(node_id, reason, cost_minor, first_id)
join catalog_node n on n.id = f.node_id join catalog_entity e on e.id = n.entity_id where f.cost_minor <> 0

