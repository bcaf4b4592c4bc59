-- name: nodes
-- Nodes with what they may do on a local day: closed today, and how much of today's capacity is taken.
select n.id, n.code, n.kind, n.entity_id, n.country, n.latitude, n.longitude, n.handles_hazmat, n.is_active, n.lead_time_days, n.capacity_orders_per_day, n.partner,
    position(extract(isodow from %(as_of)s at time zone n.zone)::int::text in n.open_days) > 0 and c.id is null as is_open_today,
    (%(as_of)s at time zone n.zone)::time < n.cut_off as is_before_cut_off, coalesce(n.capacity_orders_per_day - t.taken, 2000000000)::int as capacity_left
from catalog_node n
left join catalog_node_closure c on c.node_id = n.id and c.closed_on = (%(as_of)s at time zone n.zone)::date
left join lateral (
    select count(*)::int as taken from orders_fulfilment f where n.capacity_orders_per_day is not null and f.node_id = n.id and f.state <> 'cancelled'
        and f.planned_at >= date_trunc('day', %(as_of)s at time zone n.zone) at time zone n.zone
) t on true
order by n.code

-- name: reaches
select node_id, country, region, transit_days, cost_minor from catalog_node_reach
