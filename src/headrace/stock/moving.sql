-- name: make_stock_tray
create temp table if not exists stock_tray (
    n int, item_id bigint, node_id bigint, bucket text, kind text, qty_each int, unit_cost numeric, reason text, origin text, origin_id bigint
) on commit delete rows

-- name: copy_stock
copy stock_tray (n, item_id, node_id, bucket, kind, qty_each, unit_cost, reason, origin, origin_id) from stdin

-- name: open_positions
insert into stock_position (item_id, node_id) select distinct item_id, node_id from stock_tray order by item_id, node_id on conflict do nothing

-- name: lock_tray_positions
select count(*) as locked from (select 1 from stock_position p join (select distinct item_id, node_id from stock_tray) t using (item_id, node_id)
    order by p.item_id, p.node_id for update of p) l

-- name: moves_that_cannot_be
-- All of them at once, each with what stands against it: nothing falls below zero, and what is on hand never below what is promised.
with asked as (
    select item_id, node_id, bucket, sum(qty_each)::int as qty from stock_tray group by item_id, node_id, bucket having sum(qty_each) < 0
),
beside as (
    select a.*, case a.bucket when 'on_hand' then p.on_hand_each when 'damaged' then p.damaged_each when 'quarantine' then p.quarantine_each else p.in_transit_each end as there_each,
        case a.bucket when 'on_hand' then p.reserved_each else 0 end as reserved_each
    from asked a join stock_position p using (item_id, node_id)
)
select b.item_id, b.node_id, b.bucket, b.qty, b.there_each, b.reserved_each, i.sku, n.code as node
from beside b join catalog_item i on i.id = b.item_id join catalog_node n on n.id = b.node_id
where b.there_each + b.qty < b.reserved_each order by i.sku, n.code, b.bucket limit %(limit)s

-- name: move_stock
-- Average cost: what comes in with a cost of its own shifts the average; what goes out or is found leaves it.
with valued as (
    select t.*, coalesce(t.unit_cost, p.unit_cost) as cost from stock_tray t join stock_position p using (item_id, node_id)
),
moved as (
    insert into stock_move (item_id, node_id, bucket, kind, qty_each, cost_minor, origin, origin_id, reason, batch_id, actor, at)
    select item_id, node_id, bucket, kind, qty_each, round(qty_each * cost)::bigint, origin, origin_id, reason, %(batch_id)s, %(actor)s, %(as_of)s
    from valued where qty_each <> 0 order by n returning id, node_id, kind, reason, cost_minor
),
change as (
    select item_id, node_id, coalesce(sum(qty_each) filter (where bucket = 'on_hand'), 0)::int as on_hand, coalesce(sum(qty_each) filter (where bucket = 'damaged'), 0)::int as damaged,
        coalesce(sum(qty_each) filter (where bucket = 'quarantine'), 0)::int as quarantine, coalesce(sum(qty_each) filter (where bucket = 'in_transit'), 0)::int as in_transit,
        coalesce(sum(qty_each) filter (where bucket = 'on_hand' and unit_cost is not null and qty_each > 0), 0) as qty_in,
        coalesce(sum(qty_each * unit_cost) filter (where bucket = 'on_hand' and unit_cost is not null and qty_each > 0), 0) as value_in
    from valued group by item_id, node_id
),
changed as (
    update stock_position p set on_hand_each = p.on_hand_each + c.on_hand, damaged_each = p.damaged_each + c.damaged, quarantine_each = p.quarantine_each + c.quarantine,
        in_transit_each = p.in_transit_each + c.in_transit,
        unit_cost = case when c.qty_in > 0 then (greatest(p.on_hand_each, 0) * p.unit_cost + c.value_in) / (greatest(p.on_hand_each, 0) + c.qty_in) else p.unit_cost end
    from change c where p.item_id = c.item_id and p.node_id = c.node_id returning 1
)
select m.node_id, m.kind, m.reason, count(*) as moves, sum(m.cost_minor)::bigint as cost_minor, min(m.id) as first_id from moved m group by m.node_id, m.kind, m.reason

-- name: ids_of
select i.id as item_id, k.n from unnest(%(skus)s::text[]) with ordinality k(sku, n) left join catalog_item i on i.sku = k.sku order by k.n

-- name: nodes_of
select n.id as node_id, k.n from unnest(%(codes)s::text[]) with ordinality k(code, n) left join catalog_node n on n.code = k.code order by k.n

-- name: empty_stock_tray
delete from stock_tray

-- name: average_costs
select item_id, unit_cost from stock_position where node_id = %(node_id)s and item_id = any(%(item_ids)s::bigint[])

-- name: on_hand_of
select p.item_id, p.node_id, p.on_hand_each, p.unit_cost from stock_position p
join unnest(%(item_ids)s::bigint[], %(node_ids)s::bigint[]) k(item_id, node_id) on k.item_id = p.item_id and k.node_id = p.node_id
order by p.item_id, p.node_id for update of p
