-- name: invoices_listed
-- The newest first along the key. A number names one invoice: series-number.
select i.id as cursor, i.id, i.series || '-' || i.number as number, i.kind, i.state, i.channel_code as channel, e.code as entity, case when i.order_id is not null then 'SO-' || i.order_id end as order_number, i.currency,
    i.goods_minor, i.discount_minor, i.shipping_minor, i.tax_minor, i.total_minor, i.paid_minor, i.total_minor - i.paid_minor as open_minor, i.tax_jurisdiction, i.issued_on, i.due_on
from ledger_invoice i join catalog_entity e on e.id = i.entity_id
where (%(before)s::bigint is null or i.id < %(before)s) and (%(kind)s::text is null or i.kind = %(kind)s) and (%(state)s::text is null or i.state = %(state)s)
    and (%(channel)s::text is null or i.channel_code = %(channel)s) and (%(entity)s::text is null or e.code = %(entity)s)
    and (%(since)s::date is null or i.issued_on >= %(since)s) and (%(until)s::date is null or i.issued_on <= %(until)s)
    and (%(order_id)s::bigint is null or i.order_id = %(order_id)s) and (%(number)s::bigint is null or (i.series = %(series)s and i.number = %(number)s))
order by i.id desc limit %(limit)s

-- name: invoice_lines
select l.kind, coalesce(ol.sku, l.description, l.kind) as sku, coalesce(ol.title, '') as title, l.qty_each, l.goods_minor, l.discount_minor, l.tax_minor from ledger_invoice_line l
left join orders_line ol on ol.id = l.line_id where l.invoice_id = %(invoice_id)s order by l.id

-- name: invoice_payments
-- Captures for this invoice, and what it took out of the order's deposit.
select p.id, p.kind, p.gateway, p.external_ref, p.amount_minor, p.currency, p.at, p.payout_id from ledger_payment p where p.invoice_id = %(invoice_id)s and p.order_id is not distinct from %(order_id)s::bigint
union all
select a.id, 'deposit', '', '', a.amount_minor, i.currency, a.at, null from ledger_application a join ledger_invoice i on i.id = a.invoice_id where a.invoice_id = %(invoice_id)s order by at, id

-- name: entries_of_document
-- The origin's key is the entry's unique index.
select e.id, e.rule, e.origin, e.origin_id, e.posted_on, (select jsonb_agg(jsonb_build_object('account', a.code, 'amount_minor', l.amount_minor, 'currency', l.currency) order by l.amount_minor desc, a.code)
    from ledger_leg l join ledger_account a on a.id = l.account_id where l.entry_id = e.id) as legs
from ledger_entry e where e.origin_id = %(origin_id)s and e.origin = any(%(origins)s::text[]) order by e.id

-- name: payments_listed
select p.id as cursor, p.id, p.kind, p.gateway, p.external_ref, p.amount_minor, p.currency, p.at, p.payout_id, case when p.order_id is not null then 'SO-' || p.order_id end as order_number,
    i.series || '-' || i.number as invoice, o.external_ref as payout
from ledger_payment p left join ledger_invoice i on i.id = p.invoice_id left join ledger_payout o on o.id = p.payout_id
where (%(before)s::bigint is null or p.id < %(before)s) and (%(kind)s::text is null or p.kind = %(kind)s) and (%(gateway)s::text is null or p.gateway = %(gateway)s)
    and (%(ref)s::text is null or (p.external_ref = %(ref)s and p.gateway in (select distinct partner from ledger_payout union select code from engine_partner)))
    and (%(paid_out)s::boolean is null or (p.payout_id is not null) = %(paid_out)s)
order by p.id desc limit %(limit)s

-- name: payouts_listed
-- What a payout's lines add up to beside what it says; the difference is what nobody has explained yet.
select p.id as cursor, p.id, p.partner, p.external_ref, p.paid_on, p.state, p.hold, p.currency, p.gross_minor, p.fee_minor, p.reserve_minor, p.deposit_minor, p.lines_expected, l.lines, l.unmatched,
    l.net_minor, p.deposit_minor - l.net_minor as difference_minor
from ledger_payout p left join lateral (
    select count(*) as lines, count(*) filter (where payment_id is null and kind in ('charge', 'refund', 'chargeback')) as unmatched, coalesce(sum(net_minor), 0)::bigint as net_minor from ledger_payout_line where payout_id = p.id
) l on true
where (%(before)s::bigint is null or p.id < %(before)s) and (%(partner)s::text is null or p.partner = %(partner)s) and (%(state)s::text is null or p.state = %(state)s)
    and (%(payout_id)s::bigint is null or p.id = %(payout_id)s) and (%(unmatched)s::boolean is null or (l.unmatched > 0) = %(unmatched)s)
order by p.id desc limit %(limit)s

-- name: payout_lines_listed
select l.payout_id * 100000000 + l.line_no as cursor, l.payout_id, l.line_no, l.kind, l.external_ref, l.gross_minor, l.fee_minor, l.net_minor, l.note, p.currency, p.partner, p.external_ref as payout, p.paid_on,
    pay.amount_minor as paid_minor, pay.at as paid_at, case when pay.order_id is not null then 'SO-' || pay.order_id end as order_number, i.series || '-' || i.number as invoice,
    case when l.kind in ('fee', 'adjustment', 'reserve_hold', 'reserve_release') then 'needs none' when l.payment_id is not null then 'matched' else 'unmatched' end as match
from ledger_payout_line l join ledger_payout p on p.id = l.payout_id left join ledger_payment pay on pay.id = l.payment_id left join ledger_invoice i on i.id = pay.invoice_id
where (%(payout_id)s::bigint is null or l.payout_id = %(payout_id)s)
    and (%(after)s::bigint is null or (l.payout_id, l.line_no) > (%(after)s / 100000000, %(after)s %% 100000000))
    and (%(match)s::text is null or case when l.kind in ('fee', 'adjustment', 'reserve_hold', 'reserve_release') then 'needs none' when l.payment_id is not null then 'matched' else 'unmatched' end = %(match)s)
order by l.payout_id, l.line_no limit %(limit)s

-- name: payout_sums
-- By kind of line: the columns of a payout's own statement.
select kind, count(*) as lines, sum(gross_minor)::bigint as gross_minor, sum(fee_minor)::bigint as fee_minor, sum(net_minor)::bigint as net_minor from ledger_payout_line where payout_id = %(payout_id)s group by kind order by kind

-- name: cases_of_payout
select c.id, c.reason_code, c.state from exception_queue_case c where c.document = 'payout' and c.document_id = %(payout_id)s order by c.id

-- name: entries_listed
select e.id as cursor, e.id, e.rule, e.origin, e.origin_id, e.posted_on, n.code as entity, e.late_for_on, s.currency, s.amount_minor, s.accounts
from ledger_entry e join catalog_entity n on n.id = e.entity_id left join lateral (
    select min(l.currency) as currency, (sum(l.amount_minor) filter (where l.amount_minor > 0))::bigint as amount_minor, string_agg(a.code, ', ' order by l.amount_minor desc, a.code) as accounts
    from ledger_leg l join ledger_account a on a.id = l.account_id where l.entry_id = e.id
) s on true
where (%(before)s::bigint is null or e.id < %(before)s) and (%(rule)s::text is null or e.rule = %(rule)s) and (%(entity)s::text is null or n.code = %(entity)s)
    and (%(since)s::date is null or e.posted_on >= %(since)s) and (%(until)s::date is null or e.posted_on <= %(until)s)
order by e.id desc limit %(limit)s

-- name: tax_by_jurisdiction
-- What invoices and credit memos say is owed, by where, and what the books hold for the same days; they tie but for what was posted by hand.
with documents as (
    select e.code as entity, i.currency, coalesce(i.tax_jurisdiction, 'none') as jurisdiction,
        sum(i.goods_minor - i.discount_minor + i.shipping_minor) filter (where i.kind = 'invoice')::bigint as taxable_minor,
        coalesce(sum(i.tax_minor) filter (where i.kind = 'invoice'), 0)::bigint as tax_minor, coalesce(sum(i.tax_minor) filter (where i.kind = 'credit_memo'), 0)::bigint as credited_minor, count(*) as documents
    from ledger_invoice i join catalog_entity e on e.id = i.entity_id where i.issued_on between %(first)s and %(last)s and (%(entity)s::text is null or e.code = %(entity)s) group by 1, 2, 3
),
booked as (
    select n.code as entity, l.currency, split_part(a.code, ':', 2) as jurisdiction, -sum(l.amount_minor)::bigint as booked_minor
    from ledger_account a join ledger_leg l on l.account_id = a.id join ledger_entry e on e.id = l.entry_id join catalog_entity n on n.id = e.entity_id
    where a.root = 'tax_payable' and e.posted_on between %(first)s and %(last)s and (%(entity)s::text is null or n.code = %(entity)s) group by 1, 2, 3
)
select coalesce(d.entity, b.entity) as entity, coalesce(d.currency, b.currency) as currency, coalesce(d.jurisdiction, b.jurisdiction) as jurisdiction, coalesce(d.documents, 0) as documents,
    coalesce(d.taxable_minor, 0) as taxable_minor, coalesce(d.tax_minor, 0) as tax_minor, coalesce(d.credited_minor, 0) as credited_minor, coalesce(d.tax_minor - d.credited_minor, 0) as owed_minor,
    coalesce(b.booked_minor, 0) as booked_minor, coalesce(d.tax_minor - d.credited_minor, 0) - coalesce(b.booked_minor, 0) as difference_minor, 'tax_payable:' || coalesce(d.jurisdiction, b.jurisdiction) as account
from documents d full join booked b on (d.entity, d.currency, d.jurisdiction) = (b.entity, b.currency, b.jurisdiction) order by 1, 2, 3

-- name: receivables_by_age
-- What customers owe, by how long it is past due.
select i.currency, i.entity_id, e.code as entity, count(*) as invoices, sum(i.total_minor - i.paid_minor)::bigint as open_minor,
    coalesce(sum(i.total_minor - i.paid_minor) filter (where i.due_on < current_date), 0)::bigint as overdue_minor, coalesce(sum(i.total_minor - i.paid_minor) filter (where i.due_on < current_date - 30), 0)::bigint as month_minor
from ledger_invoice i join catalog_entity e on e.id = i.entity_id where i.state in ('issued', 'on_account') and i.kind = 'invoice' and i.total_minor > i.paid_minor group by i.currency, i.entity_id, e.code order by e.code, i.currency

-- name: payouts_waiting
select p.id, p.partner, p.external_ref, p.paid_on, p.currency, p.deposit_minor, p.state, p.hold from ledger_payout p where p.state <> 'posted' order by p.id desc limit %(limit)s

-- name: entities
select code, name from catalog_entity order by code

-- name: gateways
select code from engine_partner union select distinct partner from ledger_payout order by 1
