-- name: close_payouts
-- Rows behind the close's checklist, each query with the conditions of its count (flow/close/checking.sql): payouts that are not posted.
select p.id as cursor, p.partner || ' ' || p.external_ref as document, '/finance/payouts/' || p.id as address, p.paid_on as on_day, p.deposit_minor as amount_minor, p.currency, p.hold as state, null::text as order_number
from ledger_payout p where p.state <> 'posted' and p.paid_on <= %(last)s and (p.entity_id is null or p.entity_id = %(entity_id)s) and p.id > %(after)s order by p.id limit %(limit)s

-- name: close_suspense
-- A line that was taken back several times stands here once, at the place of the last time.
select max(x.id) as cursor, p.partner || ' ' || p.external_ref || ', ' || l.line_no as document, '/finance/lines/' || l.payout_id || '.' || l.line_no as address, p.paid_on as on_day, l.gross_minor as amount_minor,
    p.currency, 'unmatched' as state, null::text as order_number
from ledger_payout_explanation x join ledger_payout p on p.id = x.payout_id join ledger_payout_line l on l.payout_id = x.payout_id and l.line_no = x.line_no
where x.taken_back_at is not null and l.payment_id is null and l.explanation_id is null and p.state = 'posted' and p.paid_on <= %(last)s and (p.entity_id is null or p.entity_id = %(entity_id)s)
group by p.id, l.payout_id, l.line_no, l.gross_minor having max(x.id) > %(after)s order by max(x.id) limit %(limit)s

-- name: close_shipments
select s.id as cursor, s.number as document, '/orders/SO-' || s.order_id as address, (s.shipped_at at time zone e.zone)::date as on_day, o.total_minor as amount_minor, o.currency, s.hold as state, 'SO-' || s.order_id as order_number
from orders_shipment s join catalog_node n on n.id = s.node_id join catalog_entity e on e.id = n.entity_id join orders_order o on o.id = s.order_id
where s.hold = 'clear' and s.state = 'shipped' and n.entity_id = %(entity_id)s and (s.shipped_at at time zone e.zone)::date <= %(last)s and s.id > %(after)s order by s.id limit %(limit)s

-- name: close_held
-- The newest case of each is where it is cleared.
select s.id as cursor, s.number as document, '/exceptions?case=' || max(c.id) as address, (s.shipped_at at time zone e.zone)::date as on_day, o.total_minor as amount_minor, o.currency, s.hold as state,
    'SO-' || s.order_id as order_number
from exception_queue_case c join orders_shipment s on s.id = c.document_id join catalog_node n on n.id = s.node_id join catalog_entity e on e.id = n.entity_id join orders_order o on o.id = s.order_id
where c.document = 'shipment' and c.state <> 'resolved' and s.hold = 'held' and s.state = 'shipped' and n.entity_id = %(entity_id)s and (s.shipped_at at time zone e.zone)::date <= %(last)s and s.id > %(after)s
group by s.id, e.zone, o.total_minor, o.currency order by s.id limit %(limit)s

-- name: close_cases
select c.id as cursor, c.reason_code || ' ' || c.document || ' ' || c.document_id as document, '/exceptions?case=' || c.id as address, (c.opened_at at time zone %(zone)s)::date as on_day,
    c.value_at_risk_minor as amount_minor, c.currency, c.state, case when c.order_id is not null then 'SO-' || c.order_id end as order_number
from exception_queue_case c where c.team = 'finance' and c.state <> 'resolved' and c.opened_at < (%(last)s::date + 1)::timestamp at time zone %(zone)s and c.id > %(after)s order by c.id limit %(limit)s

-- name: close_approvals
select a.id as cursor, replace(a.deed, '_', ' ') || ' ' || a.subject as document, '/approvals/' || a.id as address, (a.asked_at at time zone e.zone)::date as on_day, null::bigint as amount_minor, null::text as currency,
    a.state, null::text as order_number
from governance_approval a join catalog_entity e on e.id = %(entity_id)s where a.state = 'asked' and a.deed in ('post_manual_entry', 'undo_entry')
    and (a.deed = 'undo_entry' or a.parameters ->> 'entity' = e.code) and coalesce((a.parameters ->> 'posted_on')::date, (a.asked_at at time zone e.zone)::date) <= %(last)s and a.id > %(after)s order by a.id limit %(limit)s
