-- name: orders_to_allocate
-- What the choice needs to know of each order; lines come apart.
select o.id, o.entity_id, o.channel_id, o.priority, o.placed_at, o.attempt, o.state, o.promised_by, o.shipping_service_id,
    o.extra->>'ship_complete' as ship_complete, o.extra->>'pinned_node' as pinned_node, a.country, a.region, a.postcode
from orders_order o left join orders_address a on a.order_id = o.id and a.kind = 'ship' where o.id = any(%(ids)s) order by o.priority, o.placed_at, o.id

-- name: demand
-- Unfilled goods lines, kits opened into their parts.
select l.order_id, l.id as line_id, l.line_no, l.sku, l.item_id as line_item_id, l.qty_ordered_each - l.qty_cancelled_each - l.qty_allocated_each as qty_each,
    coalesce(k.component_id, l.item_id) as item_id, coalesce(k.qty_each, 1) as per_kit_each, i.kind = 'kit' as is_kit, i.oversell, i.available_on, i.weight_g,
    i.hazmat_class is not null or exists (select from catalog_item c where c.id = k.component_id and c.hazmat_class is not null) as is_hazmat
from orders_line l join catalog_item i on i.id = l.item_id left join catalog_kit_component k on i.kind = 'kit' and k.kit_id = i.id
where l.order_id = any(%(ids)s) and l.kind = 'goods' and l.qty_ordered_each > l.qty_cancelled_each + l.qty_allocated_each
order by l.order_id, l.line_no, k.component_id

-- name: take_fulfilment_ids
select nextval('orders_fulfilment_id_seq')::bigint as id from generate_series(1, %(n)s)

-- name: copy_fulfilments
copy orders_fulfilment (id, order_id, node_id, attempt, priority, service_id, qty_each, weight_g, planned_at) from stdin

-- name: copy_fulfilment_lines
copy orders_fulfilment_line (fulfilment_id, line_id, item_id, per_kit_each, qty_each) from stdin

-- name: copy_decisions
copy orders_decision (order_id, attempt, batch_id, policy_version, detail) from stdin

-- name: raise_lines
update orders_line l set qty_allocated_each = l.qty_allocated_each + d.qty from unnest(%(line_ids)s::bigint[], %(qtys)s::int[]) d(line_id, qty) where l.id = d.line_id

-- name: settle_orders
-- One rewrite of each order: what was allocated, where it stands now, and its history. A sleeper that looks in vain makes no new attempt.
-- The guard is an expression that the server keeps no statistics of: where most orders are done, it would expect one in these states, and look
-- through all of them for each one.
with moved as (
    update orders_order o set qty_allocated_each = o.qty_allocated_each + d.qty, state = d.state, attempt = o.attempt + (d.qty > 0 or o.attempt = 0)::int, wake_at = d.wake_at, expected_on = d.expected_on
    from unnest(%(order_ids)s::bigint[], %(qtys)s::int[], %(states)s::text[], %(wakes)s::timestamptz[], %(expected)s::date[]) d(order_id, qty, state, wake_at, expected_on)
    where o.id = d.order_id and array_position(array['validated', 'backordered', 'preordered'], o.state) is not null
    returning o.id, new.state as state, old.state as state_before, old.qty_allocated_each as qty_before, new.qty_allocated_each as qty_after
),
told as (
    -- A sleeper that looked and found nothing new is not worth a line in its history.
    insert into orders_history (order_id, at, event, batch_id) select id, %(as_of)s, state, %(batch_id)s from moved where state <> state_before or qty_after <> qty_before
)
select id from moved

-- name: expected_supply
-- Open lines of purchase orders that a supplier has been asked for, by item: when the next pieces are expected. A day that has passed promises nothing.
select l.item_id, min(l.expected_on) as expected_on from purchasing_purchase_order_line l join purchasing_purchase_order p on p.id = l.purchase_order_id
where l.item_id = any(%(item_ids)s::bigint[]) and l.qty_each > l.qty_received_each and l.expected_on >= %(as_of)s::date
    and p.state in ('approved', 'sent', 'confirmed', 'part_received') and p.order_id is null
group by l.item_id

-- name: decisions_of_order
select d.attempt, d.policy_version, d.batch_id, d.detail, b.as_of from orders_decision d left join engine_batch b on b.id = d.batch_id where d.order_id = %(order_id)s order by d.attempt

-- name: give_back_lines
-- Pieces that a node could not find or that were released: the line wants them again.
update orders_line l set qty_allocated_each = l.qty_allocated_each - d.qty from unnest(%(line_ids)s::bigint[], %(qtys)s::int[]) d(line_id, qty) where l.id = d.line_id

-- name: give_back_orders
with back as (
    update orders_order o set qty_allocated_each = o.qty_allocated_each - d.qty, qty_released_each = greatest(o.qty_released_each - d.released, 0), state = 'backordered', wake_at = %(as_of)s
    from unnest(%(order_ids)s::bigint[], %(qtys)s::int[], %(released)s::int[]) d(order_id, qty, released) where o.id = d.order_id and o.commercial = 'open' returning o.id
)
insert into orders_history (order_id, at, event, batch_id, actor) select id, %(as_of)s, 'sent_back', %(batch_id)s, %(actor)s from back

-- name: wake_orders_for_items
-- Orders that sleep for these items look again now; only as many as the new stock could serve need to, the others go back to sleep cheaply.
-- Sleepers are few beside all lines, so they are found first: an index of open lines would be paid for on every line of every order.
-- Who brings goods holds their positions by now, and allocate locks orders before positions: waiting for an order here could never end. An order
-- that allocate holds will see the goods as soon as we commit; one in other hands looks again at its own time.
with waiting as (
    select o.id from orders_order o
    where o.state = 'backordered' and o.hold = 'clear' and exists (
        select from orders_line l
        where l.order_id = o.id and l.kind = 'goods' and l.qty_ordered_each > l.qty_cancelled_each + l.qty_allocated_each
            and (l.item_id = any(%(item_ids)s::bigint[]) or l.item_id in (select kit_id from catalog_kit_component where component_id = any(%(item_ids)s::bigint[]))))
    order by o.id for no key update of o skip locked
)
update orders_order o set wake_at = %(as_of)s from waiting w where o.id = w.id

-- name: look_now
update orders_order set wake_at = %(as_of)s where id = %(order_id)s and state in ('backordered', 'preordered') and hold = 'clear'

-- name: pin_node
-- Routing chooses this node and no other for what the order still wants; null lets it choose freely again.
update orders_order set extra = nullif(coalesce(extra, '{}'::jsonb) - 'pinned_node' || case when %(node)s::text is null then '{}'::jsonb else jsonb_build_object('pinned_node', %(node)s::text) end, '{}'::jsonb)
where id = %(order_id)s
