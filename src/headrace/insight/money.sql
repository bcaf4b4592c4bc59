-- name: payout_line
-- One line with what explains it now.
select l.payout_id || '.' || l.line_no as key, l.payout_id, l.line_no, l.kind, l.external_ref, l.gross_minor, l.fee_minor, l.net_minor, l.note, l.payment_id, l.explanation_id, p.currency, p.partner,
    p.external_ref as payout, p.paid_on, p.state as payout_state, p.hold, current_date - p.paid_on as days_old, l.kind in ('charge', 'refund', 'chargeback', 'difference') as needs_one,
    l.payment_id is null and l.explanation_id is null and l.kind in ('charge', 'refund', 'chargeback', 'difference') as is_open, pay.kind as paid_kind, pay.external_ref as paid_ref,
    pay.amount_minor as paid_minor, pay.at as paid_at, case when pay.order_id is not null then 'SO-' || pay.order_id end as order_number, i.series || '-' || i.number as invoice
from ledger_payout_line l join ledger_payout p on p.id = l.payout_id left join ledger_payment pay on pay.id = l.payment_id left join ledger_invoice i on i.id = pay.invoice_id
where l.payout_id = %(payout_id)s and l.line_no = %(line_no)s

-- name: explanations_told
-- Everything that people ever decided about a line, or about any line of a payout; the newest first.
select x.id, x.payout_id || '.' || x.line_no as key, x.line_no, x.kind, x.gross_minor, x.difference_minor, x.account, x.why, x.actor, x.at, x.taken_back_at, x.taken_back_by, x.taken_back_why, p.id as payment_id,
    p.external_ref as payment, o.currency
from ledger_payout_explanation x join ledger_payout o on o.id = x.payout_id left join ledger_payment p on p.id = x.payment_id
where x.payout_id = %(payout_id)s and (%(line_no)s::bigint is null or x.line_no = %(line_no)s) order by x.id desc limit %(limit)s

-- name: payments_for_line
-- Payments that a line may be, of its gateway, currency and direction and not explained yet: by key, by order, or by amount about the same days. The nearest amount first.
with line as (
    select l.gross_minor, l.kind, o.partner, o.currency, o.paid_on from ledger_payout_line l join ledger_payout o on o.id = l.payout_id where l.payout_id = %(payout_id)s and l.line_no = %(line_no)s
),
meant as (
    select p.id from line x join ledger_payment p on p.gateway = x.partner and p.external_ref = %(ref)s
    union select p.id from ledger_payment p where p.order_id = %(order_id)s or p.id = %(payment_id)s
    union select p.id from line x join ledger_payment p on p.amount_minor = coalesce(%(amount_minor)s::bigint, abs(x.gross_minor)) and p.id > (select coalesce(max(id), 0) - %(looked_at_max)s from ledger_payment)
        and p.at between x.paid_on - 30 and x.paid_on + 3 where %(by_amount)s
)
select p.id, p.kind, p.gateway, p.external_ref, p.amount_minor, p.currency, p.at, case when p.order_id is not null then 'SO-' || p.order_id end as order_number, i.series || '-' || i.number as invoice,
    x.gross_minor - s.signed as difference_minor
from meant m join ledger_payment p on p.id = m.id cross join line x left join ledger_invoice i on i.id = p.invoice_id
cross join lateral (select case p.kind when 'captured' then p.amount_minor else -p.amount_minor end as signed) s
where p.gateway = x.partner and p.currency = x.currency and p.payout_id is null
    and case x.kind when 'charge' then p.kind = 'captured' else p.kind in ('refunded', 'chargeback') end
order by abs(x.gross_minor - s.signed), p.at desc, p.id limit %(limit)s

-- name: document_for_line
-- The order or invoice that a search names, and what it has left to be taken or given back: money of it may be recorded from the line.
select case when i.id is not null then i.series || '-' || i.number else 'SO-' || o.id end as document, coalesce(i.currency, o.currency) as currency, o.id as order_id, 'SO-' || o.id as order_number,
    case when i.id is not null then i.total_minor - i.paid_minor else o.total_minor - o.captured_minor + o.refunded_minor end as to_take_minor, o.captured_minor - o.refunded_minor as to_give_minor
from (select 1) one left join ledger_invoice i on i.series = %(series)s and i.number = %(number)s and i.kind = 'invoice'
join orders_order o on o.id = coalesce(i.order_id, %(order_id)s::bigint) limit 1

-- name: one_payment
select p.id, p.kind, p.gateway, p.external_ref, p.amount_minor, p.currency, p.at, p.expires_at, p.payout_id, p.deposit_minor, p.order_id, case when p.order_id is not null then 'SO-' || p.order_id end as order_number,
    i.series || '-' || i.number as invoice, i.state as invoice_state, o.external_ref as payout, o.state as payout_state, o.paid_on, c.name as channel, od.external_number,
    a.name is not null or a.email is not null as has_customer, case when %(personal)s then a.name end as customer, case when %(personal)s then a.email end as email,
    coalesce(od.authorised_minor, 0) as authorised_minor, coalesce(od.captured_minor, 0) as captured_minor, coalesce(od.refunded_minor, 0) as refunded_minor, od.total_minor as order_total_minor,
    (select l.payout_id || '.' || l.line_no from ledger_payout_line l where l.payout_id = p.payout_id and l.payment_id = p.id limit 1) as line
from ledger_payment p left join ledger_invoice i on i.id = p.invoice_id left join ledger_payout o on o.id = p.payout_id left join orders_order od on od.id = p.order_id left join catalog_channel c on c.id = od.channel_id
left join lateral (select x.name, x.email from orders_address x where x.order_id = p.order_id order by x.kind limit 1) a on true
where p.id = %(payment_id)s

-- name: payments_beside
-- What happened with the money of the same order, in its order.
select p.id, p.kind, p.gateway, p.external_ref, p.amount_minor, p.currency, p.at, p.payout_id, o.paid_on, i.series || '-' || i.number as invoice from ledger_payment p
left join ledger_payout o on o.id = p.payout_id left join ledger_invoice i on i.id = p.invoice_id where p.order_id = %(order_id)s order by p.at, p.id limit %(limit)s

-- name: open_lines_like
-- Open payout lines of the same gateway and amount: one of them may be this payment.
select l.payout_id || '.' || l.line_no as key, l.kind, l.external_ref, l.gross_minor, o.currency, o.external_ref as payout, o.paid_on from ledger_payout o join ledger_payout_line l on l.payout_id = o.id
where o.state <> 'posted' and o.partner = %(gateway)s and o.currency = %(currency)s and abs(l.gross_minor) = %(amount_minor)s and l.payment_id is null and l.explanation_id is null
    and l.kind in ('charge', 'refund', 'chargeback') order by l.payout_id, l.line_no limit %(limit)s
