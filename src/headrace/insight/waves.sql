-- name: waves_listed
-- The newest first. Open is a wave of which something is still to be gathered; open ones are found from the work of the node, so that the finished ones of years cost nothing.
with open_waves as (
    select distinct m.wave_id as id from orders_fulfilment f join orders_wave_fulfilment m on m.fulfilment_id = f.id and m.left_at is null
    where f.node_id = %(node_id)s and f.state in ('released', 'picking')
),
chosen as (
    select w.id, w.number, w.made_at, w.made_by, w.dissolved_at, o.id is not null as is_open
    from orders_wave w left join open_waves o on o.id = w.id where w.node_id = %(node_id)s and (%(before)s::bigint is null or w.id < %(before)s) and (%(wave_id)s::bigint is null or w.id = %(wave_id)s)
        and (%(state)s::text is null or case when w.dissolved_at is not null then 'dissolved' when o.id is not null then 'open' else 'finished' end = %(state)s)
    order by w.id desc limit %(limit)s
)
select c.id as cursor, c.id, c.number, c.made_at, c.made_by, case when c.dissolved_at is not null then 'dissolved' when c.is_open then 'open' else 'finished' end as state,
    p.fulfilments, p.packed, p.pieces, p.picked
from chosen c join lateral (
    select count(*) as fulfilments, count(*) filter (where f.state not in ('released', 'picking')) as packed, coalesce(sum(l.pieces), 0)::int as pieces,
        coalesce(sum(case when f.state in ('packed', 'shipped') then l.pieces else l.picked end), 0)::int as picked
    from orders_wave_fulfilment m join orders_fulfilment f on f.id = m.fulfilment_id
    join lateral (select sum(qty_each - qty_short_each) as pieces, sum(qty_picked_each) as picked from orders_fulfilment_line where fulfilment_id = f.id) l on true
    where m.wave_id = c.id and (m.left_at is null or c.dissolved_at is not null) and f.state not in ('cancelled', 'rejected')
) p on true order by c.id desc

-- name: open_waves_of_node
select count(distinct m.wave_id) as waves from orders_fulfilment f join orders_wave_fulfilment m on m.fulfilment_id = f.id and m.left_at is null
where f.node_id = %(node_id)s and f.state in ('released', 'picking')

-- name: fulfilments_of_wave
-- What is in a wave, what leaves first first; what was taken out stands at the end.
select f.id, f.number, o.number as order_number, m.left_at, f.cut_off_at, f.priority, s.code as service, f.hold = 'held' or o.hold = 'held' as is_held,
    case when f.state = 'packed' and f.packing ? 'shipped_at' then 'handed_over' else f.state end as state, l.pieces,
    case when f.state in ('packed', 'shipped') then l.pieces else l.picked end as picked
from orders_wave_fulfilment m join orders_fulfilment f on f.id = m.fulfilment_id join orders_order o on o.id = f.order_id left join catalog_shipping_service s on s.id = f.service_id
join lateral (select coalesce(sum(qty_each - qty_short_each), 0)::int as pieces, coalesce(sum(qty_picked_each), 0)::int as picked from orders_fulfilment_line where fulfilment_id = f.id) l on true
where m.wave_id = %(wave_id)s order by m.left_at is not null, f.cut_off_at nulls last, f.priority, f.id

-- name: items_of_wave
-- The pick list, item by item in the order of their SKUs: pieces in all, gathered, left, and for whom what is left is. What is held is not gathered.
select i.sku, i.gtin, i.name, sum(x.pieces)::int as pieces, sum(x.picked)::int as picked, sum(x.pieces - x.picked)::int as left_each,
    coalesce(jsonb_agg(jsonb_build_object('fulfilment', x.number, 'qty', x.pieces - x.picked) order by x.id) filter (where x.pieces > x.picked), '[]'::jsonb) as goes
from (
    select f.id, f.number, l.item_id, sum(l.qty_each - l.qty_short_each) as pieces,
        sum(case when f.state in ('packed', 'shipped') then l.qty_each - l.qty_short_each else l.qty_picked_each end) as picked
    from orders_wave_fulfilment m join orders_fulfilment f on f.id = m.fulfilment_id join orders_order o on o.id = f.order_id join orders_fulfilment_line l on l.fulfilment_id = f.id
    where m.wave_id = %(wave_id)s and m.left_at is null and f.state in ('released', 'picking', 'packed', 'shipped')
        and (f.state in ('packed', 'shipped') or f.hold = 'clear' and o.hold = 'clear') and l.qty_each > l.qty_short_each
    group by f.id, l.item_id
) x join catalog_item i on i.id = x.item_id group by i.id order by i.sku

-- name: manifests_listed
select m.id as cursor, m.id, m.number, n.code as node, n.name as node_name, e.name as entity, m.carrier, m.handed_over_at, m.handed_over_by, m.parcels, m.weight_g,
    jsonb_array_length(m.content) as fulfilments, case when %(manifest_id)s::bigint is not null then m.content end as content
from orders_manifest m join catalog_node n on n.id = m.node_id left join catalog_entity e on e.id = n.entity_id
where m.node_id = %(node_id)s and (%(manifest_id)s::bigint is null or m.id = %(manifest_id)s) and (%(carrier)s::text is null or m.carrier = %(carrier)s)
    and (%(before)s::bigint is null or m.id < %(before)s) order by m.id desc limit %(limit)s
