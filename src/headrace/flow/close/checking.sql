-- name: what_blocks_the_close
-- What happened up to the end of a month and is not in the books yet. Small by nature: each part reads what waits, never what is done.
select 'payouts' as what, count(*) as n from ledger_payout p where p.state <> 'posted' and p.paid_on <= %(last)s and (p.entity_id is null or p.entity_id = %(entity_id)s)
union all
-- Money of posted payouts that a person had explained and took back: it stays on payout_suspense until the line is explained again.
select 'suspense', count(distinct (l.payout_id, l.line_no)) from ledger_payout_explanation x join ledger_payout p on p.id = x.payout_id
join ledger_payout_line l on l.payout_id = x.payout_id and l.line_no = x.line_no
where x.taken_back_at is not null and l.payment_id is null and l.explanation_id is null and p.state = 'posted' and p.paid_on <= %(last)s and (p.entity_id is null or p.entity_id = %(entity_id)s)
union all
select 'shipments', count(*) from orders_shipment s join catalog_node n on n.id = s.node_id join catalog_entity e on e.id = n.entity_id
where s.hold = 'clear' and s.state = 'shipped' and n.entity_id = %(entity_id)s and (s.shipped_at at time zone e.zone)::date <= %(last)s
union all
select 'held', count(distinct s.id) from exception_queue_case c join orders_shipment s on s.id = c.document_id join catalog_node n on n.id = s.node_id join catalog_entity e on e.id = n.entity_id
where c.document = 'shipment' and c.state <> 'resolved' and s.hold = 'held' and s.state = 'shipped' and n.entity_id = %(entity_id)s and (s.shipped_at at time zone e.zone)::date <= %(last)s
union all
select 'cases', count(*) from exception_queue_case c where c.team = 'finance' and c.state <> 'resolved' and c.opened_at < (%(last)s::date + 1)::timestamp at time zone %(zone)s
union all
select 'approvals', count(*) from governance_approval a join catalog_entity e on e.id = %(entity_id)s where a.state = 'asked' and a.deed in ('post_manual_entry', 'undo_entry')
    and (a.deed = 'undo_entry' or a.parameters ->> 'entity' = e.code) and coalesce((a.parameters ->> 'posted_on')::date, (a.asked_at at time zone e.zone)::date) <= %(last)s
