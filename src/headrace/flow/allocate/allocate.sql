-- name: refused_before
-- Nodes that would not ship an order's goods in an earlier attempt are not asked again for it, until new goods of the kind have come in there (or were
-- found after all), or a person has sent the order round once more because every attempt was used up.
select distinct f.order_id, f.node_id from orders_fulfilment f
join orders_fulfilment_line fl on fl.fulfilment_id = f.id and (fl.qty_short_each > 0 or f.state = 'rejected')
where f.order_id = any(%(order_ids)s::bigint[])
    and not exists (select from stock_move m where m.item_id = fl.item_id and m.node_id = f.node_id and m.bucket = 'on_hand' and m.kind <> 'opening'
            and m.qty_each > 0 and m.at > f.planned_at)
    and not exists (select from exception_queue_case c
        where c.order_id = f.order_id and c.reason_code = 'ALLOCATE-03' and (c.resolved_at > f.planned_at or c.let_go_at > f.planned_at))

-- name: unit_costs
select item_id, node_id, unit_cost from stock_position where item_id = any(%(item_ids)s::bigint[])

-- name: nets_of_lines
-- What customers pay for unfilled pieces, without tax. Not where it is another currency than that of the entity's costs, nor where a person has
-- accepted the order at any margin.
select l.id as line_id, (l.goods_minor - l.discount_minor - case when o.prices_include_tax then l.tax_minor else 0 end)
    * (l.qty_ordered_each - l.qty_cancelled_each - l.qty_allocated_each) / l.qty_ordered_each as net_minor
from orders_line l join orders_order o on o.id = l.order_id join catalog_entity e on e.id = o.entity_id
where l.order_id = any(%(ids)s) and l.kind = 'goods' and l.qty_ordered_each > l.qty_cancelled_each + l.qty_allocated_each and o.currency = e.currency
    and not exists (select from orders_waiver w where w.order_id = o.id and w.reason_code = 'ALLOCATE-05')

-- name: any_lapsed
select exists (
    select from orders_fulfilment f join orders_fulfilment_line l on l.fulfilment_id = f.id join stock_reservation r on r.line_id = l.line_id and r.fulfilment_id = f.id
    where f.state = 'planned' and r.ended_at is null and r.expires_at <= clock_timestamp()) as yes

-- name: lapsed_fulfilments
-- Fulfilments that no node was asked for in time. Orders are locked before positions, as everywhere; one in other hands lapses at the next look.
select f.id, f.number, f.order_id, f.qty_each, f.planned_at, n.code as node
from orders_fulfilment f join orders_order o on o.id = f.order_id join catalog_node n on n.id = f.node_id
where f.state = 'planned' and o.commercial = 'open' and f.id in (
    select p.id from orders_fulfilment p join orders_fulfilment_line l on l.fulfilment_id = p.id join stock_reservation r on r.line_id = l.line_id and r.fulfilment_id = p.id
    where p.state = 'planned' and r.ended_at is null and r.expires_at <= %(as_of)s order by r.expires_at limit %(limit)s)
order by o.id, f.id for no key update of o, f skip locked

-- name: whole_demand
-- Goods lines of orders as if nothing had been allocated yet, kits opened into their parts; with what the customer pays for them without tax,
-- nothing where that is another currency than that of the entity's costs.
select l.order_id, l.id as line_id, l.sku, l.item_id as line_item_id, l.qty_ordered_each - l.qty_cancelled_each as qty_each,
    coalesce(k.component_id, l.item_id) as item_id, coalesce(k.qty_each, 1) as per_kit_each, i.kind = 'kit' as is_kit, i.oversell, i.available_on, i.weight_g,
    i.hazmat_class is not null or exists (select from catalog_item c where c.id = k.component_id and c.hazmat_class is not null) as is_hazmat,
    case when o.currency = e.currency then (l.goods_minor - l.discount_minor - case when o.prices_include_tax then l.tax_minor else 0 end)
        * (l.qty_ordered_each - l.qty_cancelled_each) / l.qty_ordered_each else 0 end as net_minor
from orders_line l join orders_order o on o.id = l.order_id join catalog_entity e on e.id = o.entity_id
join catalog_item i on i.id = l.item_id left join catalog_kit_component k on i.kind = 'kit' and k.kit_id = i.id
where l.order_id = any(%(order_ids)s::bigint[]) and l.kind = 'goods' and l.qty_ordered_each > l.qty_cancelled_each
order by l.order_id, l.line_no, k.component_id

-- name: held_by_orders
select l.order_id, r.item_id, r.node_id, sum(r.qty_each)::int as qty_each
from stock_reservation r join orders_line l on l.id = r.line_id
where l.order_id = any(%(order_ids)s::bigint[]) and r.ended_at is null group by 1, 2, 3

-- name: currencies_of_nodes
-- In which currency a node's parcels are paid for.
select n.id as node_id, e.currency from catalog_node n join catalog_entity e on e.id = n.entity_id
