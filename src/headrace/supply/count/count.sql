-- name: items_to_count
-- Items that a node has or had, narrowed by what was asked for. By value, A are the items that make the first four fifths of what lies there, B those up to 95 %%, C the rest.
with held as (
    select i.id, i.sku, sum(p.on_hand_each * p.unit_cost) over (order by p.on_hand_each * p.unit_cost desc, i.id) - p.on_hand_each * p.unit_cost as worth_before,
        sum(p.on_hand_each * p.unit_cost) over () as worth_all
    from stock_position p join catalog_item i on i.id = p.item_id
    where p.node_id = %(node_id)s and i.kind = 'goods' and i.state <> 'retired'
),
graded as (
    select id, sku, case when worth_all = 0 or worth_before >= worth_all * 0.95 then 'C' when worth_before >= worth_all * 0.8 then 'B' else 'A' end as grade from held
)
select g.id from graded g join catalog_item i on i.id = g.id
where (%(begins)s::text is null or starts_with(g.sku, %(begins)s::text)) and (%(named)s::text is null or i.name ilike %(named)s::text)
    and (%(item_class)s::text is null or i.item_class = %(item_class)s::text) and (%(grade)s::text is null or g.grade = %(grade)s::text)
    and (%(since)s::timestamptz is null or not exists (
        select from stock_count_line l join stock_count c on c.id = l.document_id
        where l.item_id = g.id and c.node_id = %(node_id)s and l.posted_at is not null and l.counted_at >= %(since)s::timestamptz))
    and (%(since)s::timestamptz is null or not exists (
        select from stock_adjustment a where a.item_id = g.id and a.node_id = %(node_id)s and a.reason = 'count' and a.made_at >= %(since)s::timestamptz))
order by g.sku limit %(limit)s

-- name: items_by_code
-- What a scanner or a person gives: the SKU, or the GTIN. A GTIN that several items carry means none of them.
select c.code, coalesce(s.id, g.id) as id, coalesce(s.sku, g.sku) as sku, coalesce(s.kind, g.kind) as kind
from unnest(%(codes)s::text[]) c(code) left join catalog_item s on s.sku = c.code
left join lateral (select min(i.id) as id, min(i.sku) as sku, min(i.kind) as kind from catalog_item i where s.id is null and i.gtin = c.code having count(*) = 1) g on true
where coalesce(s.id, g.id) is not null

-- name: beside
-- What lies where a correction would go; what was never there has nothing.
select k.item_id, k.node_id, i.sku, n.code as node, e.currency, coalesce(p.on_hand_each, 0) as on_hand_each, coalesce(p.reserved_each, 0) as reserved_each,
    coalesce(p.damaged_each, 0) as damaged_each, coalesce(p.quarantine_each, 0) as quarantine_each, coalesce(p.unit_cost, 0) as unit_cost
from unnest(%(item_ids)s::bigint[], %(node_ids)s::bigint[]) k(item_id, node_id) join catalog_item i on i.id = k.item_id join catalog_node n on n.id = k.node_id
join catalog_entity e on e.id = n.entity_id left join stock_position p on p.item_id = k.item_id and p.node_id = k.node_id

-- name: on_the_bench
-- What is picked in the built-in warehouse, or packed whether it was scanned or not, and has not left: on hand until its shipment is booked. Few fulfilments of a node are in work at a time.
with at_work as (
    select f.id, f.node_id, f.state, case when f.state = 'packed' then f.packing -> 'lines' end as packed_lines from orders_fulfilment f
    where f.state in ('picking', 'packed') and f.node_id = any(%(node_ids)s::bigint[])
),
lying as (
    select w.id, w.node_id, fl.item_id, sum(fl.qty_each - fl.qty_short_each - fl.qty_shipped_each) as left_each, sum(greatest(fl.qty_picked_each - fl.qty_shipped_each, 0)) as scanned_each,
        case when w.state <> 'packed' then 0 when jsonb_typeof(w.packed_lines) = 'array' then (
            select coalesce(sum((x ->> 'qty')::int), 0) from jsonb_array_elements(w.packed_lines) x join catalog_item i on i.sku = x ->> 'sku' where i.id = fl.item_id)
        else sum(fl.qty_each - fl.qty_short_each - fl.qty_shipped_each) end as packed_each
    from at_work w join orders_fulfilment_line fl on fl.fulfilment_id = w.id where fl.item_id = any(%(item_ids)s::bigint[])
    group by w.id, w.node_id, w.state, w.packed_lines, fl.item_id
)
select l.item_id, l.node_id, sum(least(l.left_each, greatest(l.scanned_each, l.packed_each)))::int as picked_each from lying l
join (select distinct * from unnest(%(item_ids)s::bigint[], %(node_ids)s::bigint[]) k(item_id, node_id)) k on k.item_id = l.item_id and k.node_id = l.node_id
group by l.item_id, l.node_id
