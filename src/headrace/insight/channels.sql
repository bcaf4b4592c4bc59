-- name: channels_listed
-- The doors with their state, and when they were last heard; the last message of each among the newest of the inbox, and of a channel that has
-- been silent for longer the last that its kept hours know: nobody walks back through millions of messages for it.
select c.code as cursor, c.code, c.name, c.kind, e.code as entity, c.currency, l.code as price_list, c.capture_policy, c.is_active, greatest(m.received_at, h.last_at) as heard_at, w.waits::int as waits, s.partner is not null as has_secret
from catalog_channel c join catalog_entity e on e.id = c.entity_id left join catalog_price_list l on l.id = c.price_list_id left join governance_secret s on s.partner = c.code
left join lateral (select i.received_at from engine_inbox i where i.partner = c.code and i.kind = 'order'
    and i.id > (select max(id) - %(among)s::bigint from engine_inbox) order by i.id desc limit 1) m on true
left join lateral (select h.last_at from insight_channel_hour h where h.channel_id = c.id order by h.at desc limit 1) h on true
left join lateral (select count(*) as waits from engine_inbox i where i.partner = c.code and i.state = 'parked') w on true
where %(after)s::text is null or c.code > %(after)s order by c.code limit %(limit)s

-- name: channel_card
select c.id, c.code, c.name, c.kind, e.code as entity, c.currency, l.code as price_list, c.prices_include_tax, c.capture_policy, c.gateway, c.needs_fraud_verdict, c.is_active, c.settings,
    s.changed_at as secret_at, (select count(*) from catalog_listing x where x.channel_id = c.id) as listings
from catalog_channel c join catalog_entity e on e.id = c.entity_id left join catalog_price_list l on l.id = c.price_list_id left join governance_secret s on s.partner = c.code where c.code = %(code)s

-- name: messages_of_channel
-- Its newest messages.
select id, kind, message_key, state, outcome, received_at from engine_inbox where partner = %(code)s order by id desc limit %(limit)s

-- name: codes_of_channel
select k.channel_code, s.code as service, s.name, s.carrier from catalog_shipping_code k join catalog_shipping_service s on s.id = k.service_id join catalog_channel c on c.id = k.channel_id
where c.code = %(code)s order by k.channel_code limit %(limit)s

-- name: unknown_codes_of_channel
-- Words for shipping that its waiting orders have and nobody knows.
select o.shipping_code as channel_code, count(distinct o.id)::int as orders from exception_queue_case x join exception_queue_reason r on r.code = x.reason_code join orders_order o on o.id = x.order_id
join catalog_channel c on c.id = o.channel_id
where x.state <> 'resolved' and c.code = %(code)s and o.shipping_code is not null and o.shipping_service_id is null and not exists (select from catalog_shipping_code k where k.channel_id = c.id and k.channel_code = o.shipping_code)
    and r.clears_when ? 'shipping_code.mapped'
group by o.shipping_code order by count(distinct o.id) desc limit %(limit)s

-- name: door_entities
select code, name, currency from catalog_entity order by code

-- name: door_services
select code, name from catalog_shipping_service order by code

-- name: first_steps_taken
-- How far a new shop has come: what there is at all, each by the first row found.
select exists (select from catalog_entity) as entity, exists (select from catalog_node n join catalog_node_reach r on r.node_id = n.id where n.is_active) as node,
    exists (select from catalog_shipping_service) as service, exists (select from catalog_tax_rate) as tax, exists (select from catalog_item where kind in ('goods', 'kit')) as items,
    exists (select from stock_position where on_hand_each > 0) as stock, exists (select from catalog_channel where is_active) as channel,
    (select code from catalog_channel where is_active order by id limit 1) as channel_code,
    exists (select from engine_inbox i join catalog_channel c on c.code = i.partner) as message, exists (select from engine_worker where seen_at > now() - interval '2 minutes') as worker,
    exists (select from orders_fulfilment where released_at is not null) as released, (select number from orders_order order by id limit 1) as first_order,
    (select i.state from engine_inbox i join catalog_channel c on c.code = i.partner order by i.id limit 1) as message_state
