-- name: positions_listed
-- Item by item, node by node; the cursor is SKU and node. What may still be promised is what allocate would take. The page is cut before anything is added up for its rows.
with chosen as materialized (
    select i.id as item_id, n.id as node_id, i.sku || '~' || n.code as cursor, i.sku, i.name, i.gtin, n.code as node, p.on_hand_each, p.reserved_each,
        greatest(p.safety_each, %(safety)s::int) as safety_each, greatest(p.on_hand_each - p.reserved_each - greatest(p.safety_each, %(safety)s::int), 0) as sellable_each,
        p.damaged_each, p.quarantine_each, p.in_transit_each, p.unit_cost, n.entity_id
    from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id
    where (%(node)s::text is null or n.code = %(node)s) and (%(ids)s::bigint[] is null or i.id = any(%(ids)s::bigint[]))
        and (%(after_sku)s::text is null or i.sku >= %(after_sku)s::text and (i.sku, n.code) > (%(after_sku)s::text, %(after_node)s::text))
        and (%(which)s::text is null or case %(which)s::text when 'none' then p.on_hand_each - p.reserved_each - greatest(p.safety_each, %(safety)s::int) <= 0
            when 'below' then p.on_hand_each - p.reserved_each < greatest(p.safety_each, %(safety)s::int) when 'aside' then p.damaged_each + p.quarantine_each > 0
            when 'oversold' then p.on_hand_each < p.reserved_each else p.in_transit_each > 0 end)
    order by i.sku, n.code limit %(limit)s
)
select c.*, e.currency, c.unit_cost / 10 ^ headrace_minor_digits(e.currency) as cost_each, round(c.on_hand_each * c.unit_cost)::bigint as value_minor, o.on_order_each
from chosen c join catalog_entity e on e.id = c.entity_id
cross join lateral (
    select coalesce(sum(l.qty_each - l.qty_received_each), 0)::int as on_order_each from purchasing_purchase_order_line l join purchasing_purchase_order u on u.id = l.purchase_order_id
    where l.item_id = c.item_id and u.node_id = c.node_id and l.qty_each > l.qty_received_each and u.state in ('approved', 'sent', 'confirmed', 'part_received') and u.order_id is null
) o
order by c.sku, c.node

-- name: stock_by_item
-- All nodes of an item together; what a node keeps back does not help another one. Values only where the nodes' books are in one currency.
select i.sku as cursor, i.sku, i.name, i.gtin, s.*, o.on_order_each
from catalog_item i cross join lateral (
    select count(*)::int as nodes, sum(p.on_hand_each)::int as on_hand_each, sum(p.reserved_each)::int as reserved_each,
        sum(greatest(p.safety_each, %(safety)s::int))::int as safety_each, sum(greatest(p.on_hand_each - p.reserved_each - greatest(p.safety_each, %(safety)s::int), 0))::int as sellable_each,
        bool_or(p.on_hand_each - p.reserved_each < greatest(p.safety_each, %(safety)s::int)) as is_below, bool_or(p.on_hand_each < p.reserved_each) as is_oversold,
        sum(p.damaged_each)::int as damaged_each, sum(p.quarantine_each)::int as quarantine_each, sum(p.in_transit_each)::int as in_transit_each,
        case when count(distinct e.currency) = 1 then min(e.currency) end as currency, case when count(distinct e.currency) = 1 then sum(round(p.on_hand_each * p.unit_cost))::bigint end as value_minor
    from stock_position p join catalog_node n on n.id = p.node_id join catalog_entity e on e.id = n.entity_id
    where p.item_id = i.id and (%(node)s::text is null or n.code = %(node)s)
) s
cross join lateral (
    select coalesce(sum(l.qty_each - l.qty_received_each), 0)::int as on_order_each from purchasing_purchase_order_line l join purchasing_purchase_order u on u.id = l.purchase_order_id
    left join catalog_node n on n.id = u.node_id
    where l.item_id = i.id and l.qty_each > l.qty_received_each and u.state in ('approved', 'sent', 'confirmed', 'part_received') and u.order_id is null
        and (%(node)s::text is null or n.code = %(node)s)
) o
where s.nodes > 0 and (%(ids)s::bigint[] is null or i.id = any(%(ids)s::bigint[])) and (%(after)s::text is null or i.sku > %(after)s)
    and (%(which)s::text is null or case %(which)s::text when 'none' then s.sellable_each = 0 when 'below' then s.is_below when 'aside' then s.damaged_each + s.quarantine_each > 0
        when 'oversold' then s.is_oversold else s.in_transit_each > 0 end)
order by i.sku limit %(limit)s

-- name: stock_found
-- Items by a part of the SKU or of the name, or by the whole GTIN.
select id from catalog_item where sku ilike %(like)s::text escape '!'
union select id from catalog_item where name ilike %(like)s::text escape '!'
union select id from catalog_item where %(gtin)s::text is not null and gtin = %(gtin)s::text
order by id limit %(limit)s

-- name: reserved_split
-- Of what is reserved at these positions: what waits to be released, and what the nodes have been asked to ship already.
select k.item_id, k.node_id, coalesce(sum(r.qty_each) filter (where f.state is null or f.state = 'planned'), 0)::int as waiting_each,
    coalesce(sum(r.qty_each) filter (where f.state <> 'planned'), 0)::int as at_work_each
from unnest(%(item_ids)s::bigint[], %(node_ids)s::bigint[]) k(item_id, node_id)
join stock_reservation r on r.item_id = k.item_id and r.node_id = k.node_id and r.ended_at is null left join orders_fulfilment f on f.id = r.fulfilment_id
group by k.item_id, k.node_id

-- name: moves_listed
-- The ledger rows behind a quantity, the newest first.
select m.id as cursor, m.id, m.at, n.code as node, m.bucket, m.kind, m.qty_each, m.cost_minor, e.currency, m.reason, coalesce(s.number, f.number, m.origin || coalesce(' ' || m.origin_id, ''), '') as document,
    case when s.id is not null then '/orders/SO-' || s.order_id when f.id is not null then '/fulfilment/f/' || f.number when m.origin = 'transfer' then '/stock/transfers/' || m.origin_id end as address,
    coalesce(m.actor, 'engine:' || b.stage) as who
from stock_move m join catalog_node n on n.id = m.node_id join catalog_entity e on e.id = n.entity_id left join engine_batch b on b.id = m.batch_id
left join orders_shipment s on m.origin = 'shipment' and s.id = m.origin_id
left join orders_fulfilment_line x on m.origin = 'fulfilment_line' and x.id = m.origin_id left join orders_fulfilment f on f.id = x.fulfilment_id
where m.item_id = %(item_id)s and (%(before)s::bigint is null or m.id < %(before)s) and (%(node)s::text is null or n.code = %(node)s) and (%(bucket)s::text is null or m.bucket = %(bucket)s)
    and (%(moment)s::timestamptz is null or m.at <= %(moment)s)
order by m.id desc limit %(limit)s

-- name: node_choices
select code, name from catalog_node order by code

-- name: reservations_listed
-- Promises of an item that were live at the moment, the newest first, with the order and the fulfilment that they are for.
select r.id as cursor, o.number as order_number, f.number as fulfilment, f.state as fulfilment_state, n.code as node, r.qty_each, r.reserved_at, r.expires_at, l.sku as ordered_as
from stock_reservation r join catalog_node n on n.id = r.node_id join orders_line l on l.id = r.line_id join orders_order o on o.id = l.order_id
left join orders_fulfilment f on f.id = r.fulfilment_id
where r.item_id = %(item_id)s and (%(node)s::text is null or n.code = %(node)s) and (%(before)s::bigint is null or r.id < %(before)s)
    and r.reserved_at <= %(moment)s and (r.ended_at is null or r.ended_at > %(moment)s)
    and (%(far)s::text is null or case when f.state is null or f.state = 'planned' then 'waiting' else 'at_work' end = %(far)s)
order by r.id desc limit %(limit)s

-- name: on_order_of_item
-- Pieces on order from suppliers and not in yet, by the node that they are ordered to.
select n.code as node, sum(l.qty_each - l.qty_received_each)::int as on_order_each, min(l.expected_on) as expected_on
from purchasing_purchase_order_line l join purchasing_purchase_order p on p.id = l.purchase_order_id join catalog_node n on n.id = p.node_id
where l.item_id = %(item_id)s and l.qty_each > l.qty_received_each and p.state in ('approved', 'sent', 'confirmed', 'part_received') and p.order_id is null
group by n.code order by n.code

-- name: on_order_listed
select l.id as cursor, p.number as purchase_order, p.state, s.name as supplier, n.code as node, l.qty_each, l.qty_received_each, l.qty_each - l.qty_received_each as open_each, l.expected_on
from purchasing_purchase_order_line l join purchasing_purchase_order p on p.id = l.purchase_order_id join catalog_party s on s.id = p.supplier_id
left join catalog_node n on n.id = p.node_id
where l.item_id = %(item_id)s and l.qty_each > l.qty_received_each and p.state in ('approved', 'sent', 'confirmed', 'part_received') and p.order_id is null
    and (%(node)s::text is null or n.code = %(node)s) and (%(after)s::bigint is null or l.id > %(after)s)
order by l.id limit %(limit)s

-- name: adjustments_listed
-- Corrections and counts of an item, the newest first, with what was said and what they were worth.
select a.id as cursor, a.id, a.made_at, n.code as node, a.reason, a.qty_each, m.cost_minor, m.bucket, e.currency, a.source, a.note
from stock_adjustment a join catalog_node n on n.id = a.node_id join catalog_entity e on e.id = n.entity_id
left join lateral (select cost_minor, bucket from stock_move m where m.item_id = a.item_id and m.node_id = a.node_id and m.origin = 'adjustment' and m.origin_id = a.id limit 1) m on true
where a.item_id = %(item_id)s and (%(node)s::text is null or n.code = %(node)s) and (%(before)s::bigint is null or a.id < %(before)s)
order by a.id desc limit %(limit)s

-- name: transfers_listed
select t.id as cursor, t.id, 'TR-' || t.id as number, f.code as from_node, n.code as to_node, t.state, t.expected_on, x.lines, x.qty_each, x.qty_received_each,
    case when t.state = 'in_transit' then x.qty_each - x.qty_received_each else 0 end as open_each
from purchasing_transfer t join catalog_node f on f.id = t.from_node_id join catalog_node n on n.id = t.to_node_id
cross join lateral (select count(*)::int as lines, sum(l.qty_each)::int as qty_each, sum(l.qty_received_each)::int as qty_received_each from purchasing_transfer_line l where l.transfer_id = t.id) x
where (%(state)s::text is null or t.state = %(state)s) and (%(node)s::text is null or %(node)s in (f.code, n.code)) and (%(before)s::bigint is null or t.id < %(before)s)
order by t.id desc limit %(limit)s

-- name: transfer_head
select t.id, 'TR-' || t.id as number, f.code as from_node, n.code as to_node, t.state, t.expected_on from purchasing_transfer t join catalog_node f on f.id = t.from_node_id
join catalog_node n on n.id = t.to_node_id where t.id = %(transfer_id)s

-- name: transfer_lines
select i.sku, i.name, l.qty_each, l.qty_received_each, l.qty_each - l.qty_received_each as open_each from purchasing_transfer_line l join catalog_item i on i.id = l.item_id
where l.transfer_id = %(transfer_id)s order by l.qty_each = l.qty_received_each, i.sku limit %(limit)s

-- name: receipts_listed
select r.id as cursor, r.id, r.external_ref, n.code as node, p.number as purchase_order, r.received_at, x.lines, x.qty_each
from purchasing_receipt r join catalog_node n on n.id = r.node_id left join purchasing_purchase_order p on p.id = r.purchase_order_id
cross join lateral (select count(*)::int as lines, sum(l.qty_each)::int as qty_each from purchasing_receipt_line l where l.receipt_id = r.id) x
where (%(node)s::text is null or n.code = %(node)s) and (%(before)s::bigint is null or r.id < %(before)s)
order by r.id desc limit %(limit)s
