-- name: positions_listed
-- Item by item, node by node; the cursor is SKU and node. What may still be promised is what allocate would take.
select i.sku || '~' || n.code as cursor, i.sku, i.name, n.code as node, p.on_hand_each, p.reserved_each, greatest(p.safety_each, %(safety)s::int) as safety_each,
    greatest(p.on_hand_each - p.reserved_each - greatest(p.safety_each, %(safety)s::int), 0) as sellable_each, p.damaged_each, p.quarantine_each, p.in_transit_each, p.unit_cost, e.currency,
    round(p.on_hand_each * p.unit_cost * 10 ^ headrace_minor_digits(e.currency))::bigint as value_minor
from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id join catalog_entity e on e.id = n.entity_id
where (%(node)s::text is null or n.code = %(node)s) and (%(begins)s::text is null or starts_with(i.sku, %(begins)s::text))
    and (%(after_sku)s::text is null or (i.sku, n.code) > (%(after_sku)s::text, %(after_node)s::text))
    and (%(which)s::text is null or case %(which)s::text when 'none' then p.on_hand_each - p.reserved_each - greatest(p.safety_each, %(safety)s::int) <= 0 when 'below' then p.on_hand_each - p.reserved_each < greatest(p.safety_each, %(safety)s::int)
        when 'aside' then p.damaged_each + p.quarantine_each > 0
        when 'oversold' then p.on_hand_each < p.reserved_each else p.in_transit_each > 0 end)
order by i.sku, n.code limit %(limit)s

-- name: moves_listed
-- The ledger rows behind a quantity, the newest first.
select m.id as cursor, m.id, m.at, n.code as node, m.bucket, m.kind, m.qty_each, m.cost_minor, e.currency, m.reason, coalesce(m.origin || coalesce(' ' || m.origin_id, ''), '') as document, coalesce(m.actor, 'engine:' || b.stage) as who
from stock_move m join catalog_node n on n.id = m.node_id join catalog_entity e on e.id = n.entity_id left join engine_batch b on b.id = m.batch_id
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
