-- name: at_work
-- What the demo's own warehouses have in hand, the soonest cut-off first; `waits_s` since it was released.
select f.number, n.code as node, f.state, extract(epoch from now() - f.released_at)::int as waits_s
from orders_fulfilment f join catalog_node n on n.id = f.node_id join orders_order o on o.id = f.order_id
where n.partner is null and f.state = any(%(states)s::text[]) and f.hold = 'clear' and o.hold = 'clear'
order by f.cut_off_at nulls last, f.priority, f.id limit %(limit)s

-- name: at_partners
-- What lies at warehouses of others since `waits_s` seconds, asked for by the outbox and not confirmed yet.
select f.number, n.partner from orders_fulfilment f join catalog_node n on n.id = f.node_id join orders_order o on o.id = f.order_id
where n.partner is not null and f.state in ('released', 'picking', 'packed') and f.hold = 'clear' and o.hold = 'clear' and f.recall is null and f.released_at <= now() - make_interval(secs => %(waits_s)s)
    and not exists (select from engine_outbox b where b.record_key = 'fulfilment:' || f.id and b.state in ('todo', 'doing'))
    and not exists (select from engine_inbox i where i.partner = n.partner and i.kind = 'shipment' and i.message_key = 'pack-' || f.number)
order by f.released_at limit %(limit)s

-- name: lines_of
-- Lines of a fulfilment with what is left to pick.
select i.sku, x.qty_each - x.qty_short_each - x.qty_picked_each as left_each from orders_fulfilment_line x join orders_fulfilment f on f.id = x.fulfilment_id join catalog_item i on i.id = x.item_id
where f.number = %(number)s and x.qty_each > x.qty_short_each + x.qty_picked_each order by x.id

-- name: on_the_road
-- Parcels that left a while ago and that nobody has scanned since.
select p.tracking, p.carrier, p.track_rank, s.shipped_at from orders_parcel p join orders_shipment s on s.id = p.shipment_id
where p.tracking is not null and p.track_rank < %(rank)s and s.shipped_at between now() - interval '1 day' and now() - make_interval(secs => %(waits_s)s) order by s.id desc limit %(limit)s

-- name: released_of
-- Fulfilments of orders by the references that their channel gave them.
select f.number, n.code as node, n.partner from orders_fulfilment f join catalog_node n on n.id = f.node_id join orders_order o on o.id = f.order_id
where o.external_ref = any(%(refs)s::text[]) and f.state = 'released' order by f.id

-- name: has_past_due
select exists (select from ledger_invoice where state = 'on_account' and due_on < current_date) as yes

-- name: has_draft
select exists (select from governance_policy where state = 'draft') as yes

-- name: has_waiting
select exists (select from governance_approval where state = 'asked') as yes

-- name: a_shelf
-- A well filled position of the demo's first warehouse.
select i.sku, p.on_hand_each from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id
where n.code = 'EAST' and p.on_hand_each - p.reserved_each > 200 and p.unit_cost > 1000 order by p.unit_cost desc, i.sku limit 1

-- name: scarce_goods
-- Goods that may be sold before they are there, the cheapest first, with what all nodes have of them and the trade price.
select i.sku, r.unit_price, sum(p.on_hand_each - p.reserved_each)::int as there_each from catalog_item i join stock_position p on p.item_id = i.id
join catalog_price r on r.item_id = i.id join catalog_price_list l on l.id = r.price_list_id
where i.kind = 'goods' and i.oversell = 'backorder' and i.hazmat_class is null and l.code = 'wholesale-usd' and i.weight_g < 300
group by i.sku, r.unit_price order by r.unit_price, i.sku limit %(limit)s
