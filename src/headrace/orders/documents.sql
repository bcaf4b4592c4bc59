-- name: claim_orders
select id from orders_order where state = %(state)s and hold = 'clear' and state in ('captured', 'validated')
order by priority, id limit %(limit)s for update skip locked

-- name: claim_sleeping_orders
select id from orders_order where state = %(state)s and state in ('backordered', 'preordered') and hold = 'clear' and wake_at <= %(as_of)s
order by wake_at, id limit %(limit)s for update skip locked

-- name: claim_unshipped_orders
-- Gift cards, services and charges alone, or what is left when all goods were cancelled before any left. An index holds these few.
select o.id from orders_order o
where o.state = %(state)s and o.state = 'allocated' and o.qty_ordered_each = o.qty_cancelled_each and o.commercial = 'open' and o.hold = 'clear'
    and not exists (select from ledger_invoice i where i.order_id = o.id)
order by o.id limit %(limit)s for update of o skip locked

-- name: reclaim_unshipped_orders
select o.id from orders_order o
where o.id = any(%(ids)s) and o.state = %(state)s and o.qty_ordered_each = o.qty_cancelled_each and o.commercial = 'open' and o.hold = 'clear'
    and not exists (select from ledger_invoice i where i.order_id = o.id)
order by o.id for update of o skip locked

-- name: reclaim_orders
select id from orders_order where id = any(%(ids)s) and state = %(state)s and hold = 'clear' order by priority, id for update skip locked

-- name: hold_orders
update orders_order set hold = 'held' where id = any(%(ids)s)

-- name: unhold_orders
-- One that sleeps looks again at once: goods may have come in while it was held.
update orders_order set hold = 'clear', wake_at = case when state in ('backordered', 'preordered') then least(wake_at, statement_timestamp()) else wake_at end where id = any(%(ids)s) and hold = 'held'

-- name: about_orders
select id as document_id, id as order_id, total_minor as value_minor, currency from orders_order where id = any(%(ids)s)

-- name: claim_fulfilments
-- An order that is held keeps its fulfilments where they are. The order is locked along, so that an edit that comes in meanwhile waits and
-- then sees that the goods went to a node, and so that no two batches wait for each other's orders.
select f.id from orders_fulfilment f join orders_order o on o.id = f.order_id
where f.state = %(state)s and f.hold = 'clear' and o.hold = 'clear' and f.state in ('planned', 'released', 'picking', 'packed')
    and (f.release_at is null or f.release_at <= %(as_of)s)
order by f.priority, f.id limit %(limit)s for no key update of f, o skip locked

-- name: reclaim_fulfilments
select f.id from orders_fulfilment f join orders_order o on o.id = f.order_id
where f.id = any(%(ids)s) and f.state = %(state)s and f.hold = 'clear' and o.hold = 'clear' and (f.release_at is null or f.release_at <= %(as_of)s)
order by f.priority, f.id for no key update of f, o skip locked

-- name: hold_fulfilments
update orders_fulfilment set hold = 'held' where id = any(%(ids)s)

-- name: unhold_fulfilments
update orders_fulfilment set hold = 'clear' where id = any(%(ids)s) and hold = 'held'

-- name: about_fulfilments
select f.id as document_id, f.order_id, o.total_minor as value_minor, o.currency
from orders_fulfilment f join orders_order o on o.id = f.order_id where f.id = any(%(ids)s)

-- name: claim_shipments
select id from orders_shipment where state = %(state)s and state = 'shipped' and hold = 'clear' order by id limit %(limit)s for update skip locked

-- name: reclaim_shipments
select id from orders_shipment where id = any(%(ids)s) and state = %(state)s and hold = 'clear' order by id for update skip locked

-- name: hold_shipments
update orders_shipment set hold = 'held' where id = any(%(ids)s)

-- name: unhold_shipments
update orders_shipment set hold = 'clear' where id = any(%(ids)s) and hold = 'held'

-- name: about_shipments
select s.id as document_id, s.order_id, o.total_minor as value_minor, o.currency
from orders_shipment s join orders_order o on o.id = s.order_id where s.id = any(%(ids)s)

-- name: move_orders
-- Guarded: only orders that stand where the stage took them, and only by an allowed move. History goes with the deed.
with moved as (
    update orders_order set state = %(to)s, commercial = case when %(to)s = 'cancelled' then 'cancelled' when %(to)s = 'closed' then 'closed' else commercial end
    where id = any(%(ids)s) and state = any(%(from_states)s) returning id
),
told as (
    insert into orders_history (order_id, at, event, batch_id, actor) select id, %(as_of)s, %(to)s, %(batch_id)s, %(actor)s from moved
)
select id from moved

-- name: move_fulfilments
update orders_fulfilment set state = %(to)s where id = any(%(ids)s) and state = any(%(from_states)s) returning id, order_id

-- name: tell
-- History rows for given orders; details come as JSON texts or null.
insert into orders_history (order_id, at, event, batch_id, actor, detail)
select t.order_id, %(as_of)s, %(event)s, %(batch_id)s, %(actor)s, t.detail::jsonb from unnest(%(order_ids)s::bigint[], %(details)s::text[]) t(order_id, detail)
