-- name: nodes_asked
-- One row per node that the batch hands goods to: how many, and the node's next cut-off (a local time on an open weekday that is no closure).
select n.id as node_id, n.code as node, n.is_active, n.partner, a.fulfilments, (
    select (d.on_day + n.cut_off) at time zone n.zone
    from (select (%(as_of)s at time zone n.zone)::date + g as on_day from generate_series(0, %(days_max)s) g) d
    where position(extract(isodow from d.on_day)::int::text in n.open_days) > 0 and (d.on_day + n.cut_off) at time zone n.zone > %(as_of)s
        and not exists (select 1 from catalog_node_closure c where c.node_id = n.id and c.closed_on = d.on_day)
    order by d.on_day limit 1) as cut_off_at
from (select node_id, count(*) as fulfilments from orders_fulfilment where id = any(%(ids)s) group by node_id) a join catalog_node n on n.id = a.node_id
order by n.id

-- name: lock_nodes
-- Where limits count, two batches must not both find the same room.
select id from catalog_node where id = any(%(node_ids)s::bigint[]) order by id for no key update

-- name: in_progress
-- What nodes have not shipped yet, and of these what came with the wave.
select node_id, count(*)::int as fulfilments, count(*) filter (where released_at >= %(wave_start)s)::int as of_wave
from orders_fulfilment where state in ('released', 'picking', 'packed') and hold = 'clear' and node_id = any(%(node_ids)s::bigint[]) group by node_id

-- name: must_wait
-- Fulfilments that rest a while, or find no room at their node: the urgent ones go first, among equals those that were planned first.
with taken as (
    select id, node_id, priority, planned_at + make_interval(mins => %(hold_minutes)s) as rests_until from orders_fulfilment where id = any(%(ids)s)
),
placed as (
    select id, node_id, rests_until, row_number() over (partition by node_id, rests_until > %(as_of)s order by priority, id) as place from taken
)
select p.id, case when p.rests_until > %(as_of)s then p.rests_until else r.look_again_at end as release_at
from placed p join unnest(%(node_ids)s::bigint[], %(rooms)s::int[], %(look_again)s::timestamptz[]) r(node_id, room, look_again_at) using (node_id)
where p.rests_until > %(as_of)s or p.place > r.room

-- name: planned_at_nodes
select f.id, f.number as value, n.code as node from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.id = any(%(ids)s) and f.node_id = any(%(node_ids)s::bigint[])

-- name: answered_before
-- Messages whose key the same node has used before, for an answer that was applied or that goes before it in this batch.
select i.id from engine_inbox i where i.id = any(%(ids)s) and exists (
    select 1 from engine_inbox e where e.partner = i.partner and e.kind = i.kind and e.message_key = i.message_key and e.id <> i.id
        and ((e.state = 'done' and e.outcome = 'applied') or (e.id < i.id and e.id = any(%(ids)s))))
