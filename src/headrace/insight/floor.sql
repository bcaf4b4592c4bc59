-- name: nodes_at_work
-- What each node has to do and by when: what is open by where it stands, what is late, what the next cut-off takes, what is held. A parcel that was handed over and not
-- booked yet stands apart from those that wait for the carrier; what was packed and is to be packed anew, because pieces of it left or are missing, is being picked.
with open_work as (
    select f.node_id, f.qty_each - f.qty_shipped_each as pieces, f.cut_off_at, f.hold = 'held' or o.id is not null as is_held,
        case when f.state = 'packed' and f.packing is null then 'picking' when f.state = 'packed' and f.packing ? 'shipped_at' then 'handed_over' else f.state end as state
    from orders_fulfilment f left join orders_order o on o.id = f.order_id and o.hold = 'held' where f.state in ('planned', 'released', 'picking', 'packed')
        and (%(node_id)s::bigint is null or f.node_id = %(node_id)s)
),
next_leaving as (
    select node_id, min(cut_off_at) as at from open_work where state in ('released', 'picking', 'packed') and cut_off_at >= %(as_of)s group by node_id
),
by_node as (
    select w.node_id, n.at as next_at, count(*) as open, sum(pieces)::int as pieces, count(*) filter (where state = 'planned') as planned, count(*) filter (where state = 'released') as released,
        count(*) filter (where state = 'picking') as picking, count(*) filter (where state = 'packed') as packed, count(*) filter (where state = 'handed_over') as handed_over,
        count(*) filter (where is_held) as held, count(*) filter (where state in ('released', 'picking', 'packed') and cut_off_at < %(as_of)s) as late,
        count(*) filter (where state in ('released', 'picking', 'packed') and cut_off_at = n.at) as due_next
    from open_work w left join next_leaving n on n.node_id = w.node_id group by w.node_id, n.at
)
select n.id, n.code, n.name, n.partner, n.zone, b.next_at, coalesce(b.open, 0) as open, coalesce(b.pieces, 0) as pieces, coalesce(b.planned, 0) as planned, coalesce(b.released, 0) as released,
    coalesce(b.picking, 0) as picking, coalesce(b.packed, 0) as packed, coalesce(b.handed_over, 0) as handed_over, coalesce(b.held, 0) as held, coalesce(b.late, 0) as late,
    coalesce(b.due_next, 0) as due_next
from catalog_node n left join by_node b on b.node_id = n.id where (n.is_active or b.open > 0) and (%(node_id)s::bigint is null or n.id = %(node_id)s)
order by coalesce(b.late, 0) desc, b.next_at nulls last, coalesce(b.open, 0) desc, n.code

-- name: gone_from_nodes
-- What left each node today, by the node's own clock, and in each of the last hours (0 is the one that ends now).
select s.node_id, floor(extract(epoch from %(as_of)s - s.shipped_at) / 3600)::int as hours_ago, count(*) as gone,
    count(*) filter (where s.shipped_at >= date_trunc('day', %(as_of)s at time zone n.zone) at time zone n.zone) as today
from orders_shipment s join catalog_node n on n.id = s.node_id where s.shipped_at > %(as_of)s - interval '25 hours' and s.shipped_at <= %(as_of)s
    and (%(node_id)s::bigint is null or s.node_id = %(node_id)s) group by 1, 2

-- name: midnight_of_node
select id, code, name, partner, date_trunc('day', %(as_of)s at time zone zone) at time zone zone as midnight from catalog_node where code = %(node)s

-- name: gone_listed
-- What left a node within a time, the latest first.
select s.id as cursor, s.number, f.number as fulfilment, o.number as order_number, s.carrier, v.code as service, s.qty_each, s.shipped_at, p.parcels, p.tracking
from orders_shipment s join orders_fulfilment f on f.id = s.fulfilment_id join orders_order o on o.id = s.order_id left join catalog_shipping_service v on v.id = f.service_id
join lateral (select count(*) as parcels, string_agg(tracking, ', ' order by id) as tracking from orders_parcel where shipment_id = s.id) p on true
where s.node_id = %(node_id)s and s.shipped_at >= %(since)s and s.shipped_at <= %(until)s and (%(before)s::bigint is null or s.id < %(before)s) order by s.id desc limit %(limit)s

-- name: queue_found
-- The queue of a node as its filters narrow it: what leaves first first, then by priority. The cursor is the row's place.
select coalesce(f.cut_off_at, 'infinity'::timestamptz) || '~' || f.priority || '~' || f.id as cursor, f.id
from orders_fulfilment f join orders_order o on o.id = f.order_id left join catalog_shipping_service s on s.id = f.service_id
where f.node_id = %(node_id)s and f.state in ('planned', 'released', 'picking', 'packed')
    and (%(state)s::text is null or case when f.state = 'packed' and f.packing is null then 'picking' when f.state = 'packed' and f.packing ? 'shipped_at' then 'handed_over' else f.state end = %(state)s)
    and (%(carrier)s::text is null or coalesce(f.packing -> 'parcels' -> 0 ->> 'carrier', s.carrier, 'own') = %(carrier)s)
    and (%(service)s::text is null or s.code = %(service)s)
    and (%(is_held)s::boolean is null or (f.hold = 'held' or o.hold = 'held') = %(is_held)s)
    and (%(priority)s::text is null or case when f.priority < 50 then 'high' when f.priority > 50 then 'low' else 'usual' end = %(priority)s)
    and (%(in_wave)s::boolean is null or exists (select from orders_wave_fulfilment m where m.fulfilment_id = f.id and m.left_at is null) = %(in_wave)s)
    and (%(is_single)s::boolean is null or (select count(*) = 1 from orders_fulfilment_line x where x.fulfilment_id = f.id and x.qty_each > x.qty_short_each) = %(is_single)s)
    and (%(leaves_from)s::timestamptz is null or f.cut_off_at >= %(leaves_from)s)
    and (%(leaves_until)s::timestamptz is null or f.cut_off_at <= %(leaves_until)s)
    and (%(leaves_from)s::timestamptz is null and %(leaves_until)s::timestamptz is null or f.state in ('released', 'picking', 'packed') and not coalesce(f.packing ? 'shipped_at', false))
    and (%(order_id)s::bigint is null or f.order_id = %(order_id)s) and (%(fulfilment_id)s::bigint is null or f.id = %(fulfilment_id)s)
    and (%(sku)s::text is null or exists (select from orders_fulfilment_line x join catalog_item i on i.id = x.item_id where x.fulfilment_id = f.id and upper(i.sku) = upper(%(sku)s)))
    and (%(after_id)s::bigint is null or (coalesce(f.cut_off_at, 'infinity'::timestamptz), f.priority, f.id) > (%(after_at)s::timestamptz, %(after_priority)s::int, %(after_id)s::bigint))
order by coalesce(f.cut_off_at, 'infinity'::timestamptz), f.priority, f.id limit %(limit)s

-- name: queue_rows
select f.id, f.number, o.number as order_number, case when f.hold = 'held' or o.hold = 'held' then 'held' end as hold, f.priority, f.cut_off_at, f.released_at,
    case when f.state = 'packed' and f.packing is null then 'picking' when f.state = 'packed' and f.packing ? 'shipped_at' then 'handed_over' else f.state end as state, s.code as service,
    coalesce(f.packing -> 'parcels' -> 0 ->> 'carrier', s.carrier, 'own') as carrier, f.qty_each - f.qty_shipped_each as left_each, l.picked_each, l.skus, l.lines, c.code as channel, v.number as wave, f.number as fulfilment, n.code as node
from unnest(%(ids)s::bigint[]) with ordinality w(id, place) join orders_fulfilment f on f.id = w.id join orders_order o on o.id = f.order_id join catalog_channel c on c.id = o.channel_id join catalog_node n on n.id = f.node_id
left join orders_wave_fulfilment m on m.fulfilment_id = f.id and m.left_at is null left join orders_wave v on v.id = m.wave_id
left join catalog_shipping_service s on s.id = f.service_id
join lateral (
    select sum(x.qty_picked_each)::int as picked_each, count(*) as lines, string_agg(i.sku, ', ' order by i.sku) as skus from orders_fulfilment_line x join catalog_item i on i.id = x.item_id
    where x.fulfilment_id = f.id and x.qty_each > x.qty_short_each
) l on true
order by w.place

-- name: next_cut_off
select min(cut_off_at) as at from orders_fulfilment where node_id = %(node_id)s and state in ('released', 'picking', 'packed') and not coalesce(packing ? 'shipped_at', false) and cut_off_at >= %(as_of)s

-- name: packed_by_carrier
-- What stands closed and waits for each carrier at a node.
select coalesce(f.packing -> 'parcels' -> 0 ->> 'carrier', s.carrier, 'own') as carrier, count(*) as fulfilments, sum(jsonb_array_length(f.packing -> 'parcels'))::int as parcels
from orders_fulfilment f left join catalog_shipping_service s on s.id = f.service_id
where f.node_id = %(node_id)s and f.state = 'packed' and f.packing is not null and not f.packing ? 'shipped_at' group by 1 order by 1

-- name: ways_to_ship
select code, name, carrier from catalog_shipping_service order by code
