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
