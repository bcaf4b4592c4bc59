-- name: story_of_order
-- One line of time over channel, stock, money, warehouse and people: when, what, who, the facts of it, and the document it speaks of.
select * from (
    select h.at, h.event as what, coalesce(h.actor, 'engine:' || b.stage) as who, case jsonb_typeof(h.detail) when 'object' then h.detail end as facts, null::text as document, null::bigint as message_id, h.id as n
    from orders_history h left join engine_batch b on b.id = h.batch_id where h.order_id = %(order_id)s
    union all
    select i.received_at, 'message_in', i.partner, jsonb_build_object('outcome', i.outcome, 'deliveries', nullif(i.deliveries, 1)), null, i.id, 0
    from orders_order o join catalog_channel c on c.id = o.channel_id join engine_inbox i on i.partner = c.code and i.kind = 'order' and i.message_key = o.external_ref where o.id = %(order_id)s
    union all
    select x.created_at, 'message_out', x.partner, jsonb_build_object('kind', x.kind, 'state', x.state, 'attempts', nullif(x.attempts, 1), 'error', case when x.state <> 'done' then x.last_error end), null, x.id, 1
    from engine_outbox x where x.idempotency_key = any(%(effects)s::text[])
    union all
    select f.planned_at, 'fulfilment', 'engine:allocate', jsonb_build_object('node', n.code, 'attempt', nullif(f.attempt, 1), 'pieces', f.qty_each, 'state', f.state), f.number, null, 0
    from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.order_id = %(order_id)s
    union all
    select s.shipped_at, 'shipment', n.code, jsonb_build_object('node', n.code, 'pieces', s.qty_each, 'carrier', s.carrier, 'tracking', (select string_agg(p.tracking, ', ' order by p.id) from orders_parcel p where p.shipment_id = s.id)), s.number, null, 0
    from orders_shipment s join catalog_node n on n.id = s.node_id where s.order_id = %(order_id)s
    union all
    select t.happened_at, 'tracking', coalesce(p.carrier, s.carrier), jsonb_build_object('state', t.status, 'tracking', p.tracking, 'note', t.note), s.number, null, 0
    from orders_shipment s join orders_parcel p on p.shipment_id = s.id join orders_tracking_event t on t.parcel_id = p.id where s.order_id = %(order_id)s
    union all
    select i.issued_at, i.kind, 'engine:invoice', jsonb_build_object('amount_minor', i.total_minor, 'currency', i.currency, 'due_on', i.due_on), i.series || '-' || i.number, null, 0
    from ledger_invoice i where i.order_id = %(order_id)s
    union all
    select p.at, 'payment', p.gateway, jsonb_build_object('kind', p.kind, 'amount_minor', p.amount_minor, 'currency', p.currency, 'reference', p.external_ref), null, null, 0 from ledger_payment p where p.order_id = %(order_id)s
    union all
    select r.made_at, 'return', r.origin, jsonb_build_object('state', r.state, 'reason', r.reason), r.number, null, 0 from orders_return r where r.order_id = %(order_id)s
    union all
    select c.resolved_at, 'case_resolved', c.resolved_by, jsonb_build_object('reason', c.reason_code, 'resolution', c.resolution, 'note', c.resolution_note), c.id::text, null, 0
    from exception_queue_case c where c.order_id = %(order_id)s and c.resolved_at is not null
) t order by at, n limit %(limit)s

-- name: effects_of_order
-- The keys of what was sent outside for an order: what nodes are asked, what the channel hears, what the gateway is asked to take.
select 'fulfilment:' || f.id || x.word as key from orders_fulfilment f, (values (':request'), (':recall')) x(word) where f.order_id = %(order_id)s
union all select 'shipment:' || s.id || ':notice' from orders_shipment s where s.order_id = %(order_id)s
union all select 'invoice:' || i.id || ':capture' from ledger_invoice i where i.order_id = %(order_id)s

-- name: version_of_order
-- The last line of its history, and a sign that changes whenever the order, a document of it or a case about it does.
select o.id, o.number, coalesce((select max(h.id) from orders_history h where h.order_id = o.id), 0) as last_event,
    md5(concat_ws('/', o.xmin, (select string_agg(f.xmin::text, ',' order by f.id) from orders_fulfilment f where f.order_id = o.id), (select string_agg(c.xmin::text, ',' order by c.id) from exception_queue_case c where c.order_id = o.id),
        (select string_agg(a.xmin::text, ',' order by a.kind) from orders_address a where a.order_id = o.id), (select count(*) from ledger_payment p where p.order_id = o.id), (select string_agg(i.xmin::text, ',' order by i.id) from ledger_invoice i where i.order_id = o.id),
        (select string_agg(p.xmin::text, ',' order by p.id) from orders_shipment s join orders_parcel p on p.shipment_id = s.id where s.order_id = o.id))) as sign
from orders_order o where o.id = %(order_id)s

-- name: events_since
-- What has happened to an order after a line of its history, the newest first.
select h.at, h.event as what, coalesce(h.actor, 'engine:' || b.stage) as who from orders_history h left join engine_batch b on b.id = h.batch_id
where h.order_id = %(order_id)s and h.id > %(after)s order by h.id desc limit %(limit)s
