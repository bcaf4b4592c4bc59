-- name: order_figures
select count(*) as orders, count(*) filter (where not exists (select 1 from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
        where c.order_id = o.id and coalesce(c.detail ->> 'severity', r.severity) <> 'warns')) as straight_through,
    count(*) filter (where hold = 'held') as held, count(*) filter (where is_test) as tests from orders_order o

-- name: by_status
select status, count(*) as orders from orders_order group by status order by count(*) desc

-- name: messages
select kind, outcome, state, count(*) as messages, sum(deliveries) as deliveries from engine_inbox group by kind, outcome, state order by kind, count(*) desc

-- name: stage_speed
select stage, sum(taken) as taken, sum(moved) as moved, sum(parked) as parked, count(*) as batches, round(sum(seconds), 3)::float8 as seconds, round(sum(taken) / nullif(sum(seconds), 0))::float8 as per_s
from engine_batch where id > %(after)s group by stage order by min(id)

-- name: trial_balance
select a.root, a.kind, l.currency, sum(l.amount_minor) filter (where l.amount_minor > 0)::bigint as debit_minor, -sum(l.amount_minor) filter (where l.amount_minor < 0)::bigint as credit_minor,
    sum(l.amount_minor)::bigint as balance_minor
from ledger_leg l join ledger_account a on a.id = l.account_id group by a.root, a.kind, l.currency order by l.currency, a.kind, a.root

-- name: order_by_number
-- Three looks, each by an index of its own.
select id from orders_order where (%(channel)s::text is null or channel_id = (select id from catalog_channel where code = %(channel)s)) and id in (
    select %(id)s::bigint where %(id)s::bigint is not null
    union select id from orders_order where external_number = %(text)s
    union select o.id from orders_order o where o.channel_id in (select c.id from catalog_channel c) and o.external_ref = %(text)s
) order by id limit 20

-- name: order_card
select o.*, c.code as channel, e.code as entity, s.code as service from orders_order o join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id
left join catalog_shipping_service s on s.id = o.shipping_service_id where o.id = %(order_id)s

-- name: order_lines
select line_no, external_ref, kind, sku, title, unit_price, goods_minor, discount_minor, tax_minor, qty_ordered_each, qty_cancelled_each, qty_allocated_each, qty_shipped_each, qty_invoiced_each,
    qty_returned_each from orders_line where order_id = %(order_id)s order by line_no

-- name: order_addresses
select kind, name, company, line1, line2, city, region, postcode, country, phone, email from orders_address where order_id = %(order_id)s order by kind desc

-- name: order_timeline
-- One line of time over channel, stock, money, warehouse and people.
select * from (
    select h.at, h.event as what, coalesce(h.actor, 'engine:' || b.stage) as who, case jsonb_typeof(h.detail) when 'object' then (select string_agg(key || ' ' || value, ', ') from jsonb_each_text(h.detail)) else h.detail::text end as detail, h.id as n from orders_history h left join engine_batch b on b.id = h.batch_id where h.order_id = %(order_id)s
    union all
    select i.received_at, 'message ' || i.outcome, i.partner, i.kind || ' ' || i.message_key || case when i.deliveries > 1 then ' (' || i.deliveries || ' deliveries)' else '' end, 0
    from orders_order o join catalog_channel c on c.id = o.channel_id join engine_inbox i on i.partner = c.code and i.kind = 'order' and i.message_key = o.external_ref where o.id = %(order_id)s
    union all
    select f.planned_at, 'fulfilment ' || f.number || ' at ' || n.code, 'engine:allocate', 'attempt ' || f.attempt || ', ' || f.qty_each || case f.qty_each when 1 then ' piece, now ' else ' pieces, now ' end || f.state, 0
    from orders_fulfilment f join catalog_node n on n.id = f.node_id where f.order_id = %(order_id)s
    union all
    select s.shipped_at, 'shipment ' || s.number, n.code, s.qty_each || case s.qty_each when 1 then ' piece, ' else ' pieces, ' end || coalesce(s.carrier, 'no carrier') || coalesce(' ' || (select string_agg(p.tracking, ', ') from orders_parcel p
        where p.shipment_id = s.id), ''), 0 from orders_shipment s join catalog_node n on n.id = s.node_id where s.order_id = %(order_id)s
    union all
    select i.issued_at, case i.kind when 'invoice' then 'invoice ' else 'credit memo ' end || i.series || '-' || i.number, 'engine:invoice', round(i.total_minor / power(10::numeric, headrace_minor_digits(i.currency)), headrace_minor_digits(i.currency)) || ' ' || i.currency, 0
    from ledger_invoice i where i.order_id = %(order_id)s
    union all
    select p.at, 'payment ' || p.kind, p.gateway, round(p.amount_minor / power(10::numeric, headrace_minor_digits(p.currency)), headrace_minor_digits(p.currency)) || ' ' || p.currency || ', ' || p.external_ref, 0 from ledger_payment p where p.order_id = %(order_id)s
) t order by at, n

-- name: item_by_sku
select id, name from catalog_item where sku = %(sku)s

-- name: names_in_decisions
-- Decisions keep numbers; people read codes.
select (select jsonb_object_agg(id, code) from catalog_node) as nodes,
    (select jsonb_object_agg(id, jsonb_build_object('line_no', line_no, 'sku', sku)) from orders_line where order_id = %(order_id)s) as lines
