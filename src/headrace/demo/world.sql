-- name: to_ship
-- What the pretend pickers of the built-in warehouses find in their queues, the soonest cut-off first.
select f.number, n.code as node from orders_fulfilment f join catalog_node n on n.id = f.node_id join orders_order o on o.id = f.order_id
where f.state in ('released', 'picking', 'packed') and n.partner is null and f.hold = 'clear' and o.hold = 'clear'
    and not exists (select 1 from engine_inbox i where i.partner = 'warehouse:' || n.code and i.kind = 'shipment' and i.message_key = 'pack-' || f.number)
order by f.cut_off_at, f.priority, f.id limit %(limit)s

-- name: to_pay_out
-- What the pretend gateways have taken and not paid out, per gateway.
select gateway, external_ref, kind, amount_minor, currency from ledger_payment where payout_id is null and kind in ('captured', 'refunded') and gateway = any(%(gateways)s::text[])
    and not exists (select 1 from ledger_payout_line l join ledger_payout p on p.id = l.payout_id where p.partner = gateway and l.external_ref = ledger_payment.external_ref)
order by gateway, currency, id

-- name: open_work
-- What still has to happen before everybody may go home.
select (select count(*) from engine_inbox where state = 'received') as messages, (select count(*) from orders_order where hold = 'clear' and state in ('captured', 'validated')) as orders,
    (select count(*) from orders_fulfilment f join orders_order o on o.id = f.order_id where f.hold = 'clear' and o.hold = 'clear' and f.state in ('planned', 'released', 'picking', 'packed')) as fulfilments,
    (select count(*) from orders_shipment where state = 'shipped' and hold = 'clear') as shipments,
    (select count(*) from engine_outbox where state in ('todo', 'doing')) as effects, (select count(*) from ledger_payout where state = 'received' and hold = 'clear') as payouts

-- name: line_has_work
-- Is there anything that a stage could take now?
select exists (select from engine_inbox where state = 'received') or exists (select from orders_order where hold = 'clear' and state in ('captured', 'validated'))
    or exists (select from orders_fulfilment f join orders_order o on o.id = f.order_id where f.state = 'planned' and f.hold = 'clear' and o.hold = 'clear')
    or exists (select from orders_shipment where state = 'shipped' and hold = 'clear') or exists (select from ledger_payout where state = 'received' and hold = 'clear') as has_work

-- name: progress
select stage, sum(taken) as taken, sum(parked) as parked from engine_batch where id > %(after)s group by stage

-- name: some_items
-- Items chosen by a seed, the same each time, with what a piece costs in major units of the node's currency.
select i.sku, p.unit_cost / 100 as unit_cost from catalog_item i join stock_position p on p.item_id = i.id join catalog_node n on n.id = p.node_id
where n.code = %(node)s and i.kind = 'goods' and p.unit_cost > 0 order by md5(i.id::text || %(seed)s::text) limit %(n)s

-- name: shelves_of
-- Positions of an item, the first web warehouse's first.
select p.item_id, p.node_id, p.on_hand_each, p.unit_cost from stock_position p join catalog_item i on i.id = p.item_id join catalog_node n on n.id = p.node_id
where i.sku = %(sku)s order by n.code = 'EAST' desc, n.id

-- name: flash_outcome
select (select coalesce(sum(l.qty_allocated_each), 0)::bigint from orders_line l where l.sku = %(sku)s) as allocated_each,
    (select coalesce(sum(p.on_hand_each), 0)::bigint from stock_position p join catalog_item i on i.id = p.item_id where i.sku = %(sku)s) as on_hand_each,
    (select coalesce(sum(greatest(p.reserved_each - p.on_hand_each, 0)), 0)::bigint from stock_position p join catalog_item i on i.id = p.item_id where i.sku = %(sku)s) as oversold_each,
    (select jsonb_object_agg(state, n) from (select case when hold = 'held' then 'parked' else state end as state, count(*) as n from orders_order group by 1) s) as orders_by_state
