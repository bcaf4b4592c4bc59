-- name: open_invoices_listed
-- Invoices that are not paid in full, by age, along the index of those; the newest first.
select i.id as cursor, i.id, i.series || '-' || i.number as number, i.kind, i.state, i.channel_code as channel, e.code as entity, case when i.order_id is not null then 'SO-' || i.order_id end as order_number, i.currency,
    i.goods_minor, i.discount_minor, i.shipping_minor, i.tax_minor, i.total_minor, i.paid_minor, i.total_minor - i.paid_minor as open_minor, i.tax_jurisdiction, i.issued_on, i.due_on
from ledger_invoice i join catalog_entity e on e.id = i.entity_id
where i.kind = 'invoice' and i.total_minor > i.paid_minor and (%(before)s::bigint is null or i.id < %(before)s) and (%(state)s::text is null or i.state = %(state)s)
    and (%(channel)s::text is null or i.channel_code = %(channel)s) and (%(entity)s::text is null or e.code = %(entity)s) and (%(currency)s::text is null or i.currency = %(currency)s)
    and (%(since)s::date is null or i.issued_on >= %(since)s) and (%(until)s::date is null or i.issued_on <= %(until)s)
    and %(today)s::date - coalesce(i.due_on, i.issued_on) between %(late_from)s and %(late_to)s
order by i.id desc limit %(limit)s

-- name: invoices_listed
-- The newest first along the key. A number names one invoice: series-number.
select i.id as cursor, i.id, i.series || '-' || i.number as number, i.kind, i.state, i.channel_code as channel, e.code as entity, case when i.order_id is not null then 'SO-' || i.order_id end as order_number, i.currency,
    i.goods_minor, i.discount_minor, i.shipping_minor, i.tax_minor, i.total_minor, i.paid_minor, i.total_minor - i.paid_minor as open_minor, i.tax_jurisdiction, i.issued_on, i.due_on,
    i.undoes, i.order_id, i.tax_variance_minor
from ledger_invoice i join catalog_entity e on e.id = i.entity_id
where (%(before)s::bigint is null or i.id < %(before)s) and (%(kind)s::text is null or i.kind = %(kind)s) and (%(state)s::text is null or i.state = %(state)s)
    and (%(channel)s::text is null or i.channel_code = %(channel)s) and (%(entity)s::text is null or e.code = %(entity)s)
    and (%(since)s::date is null or i.issued_on >= %(since)s) and (%(until)s::date is null or i.issued_on <= %(until)s)
    and (%(order_id)s::bigint is null or i.order_id = %(order_id)s) and (%(jurisdiction)s::text is null or coalesce(i.tax_jurisdiction, 'none') = %(jurisdiction)s)
    and (%(total_minor)s::bigint is null or i.total_minor = %(total_minor)s) and (%(currency)s::text is null or i.currency = %(currency)s) and (%(number)s::bigint is null or (i.series = %(series)s and i.number = %(number)s))
order by i.id desc limit %(limit)s

-- name: invoice_lines
select l.kind, coalesce(ol.sku, l.description, l.kind) as sku, coalesce(ol.title, '') as title, l.qty_each, l.goods_minor, l.discount_minor, l.tax_minor,
    l.goods_minor - l.discount_minor as net_minor, ol.channel_taxes from ledger_invoice_line l
left join orders_line ol on ol.id = l.line_id where l.invoice_id = %(invoice_id)s order by l.id

-- name: invoice_parties
-- Who sells and who buys, as a document names them.
select e.name as seller, e.country as seller_country, e.tax_number as seller_tax_number, a.name, a.company, a.line1, a.line2, a.city, a.region, a.postcode, a.country, p.terms_days, o.external_number
from ledger_invoice i join catalog_entity e on e.id = i.entity_id left join orders_order o on o.id = i.order_id left join catalog_party p on p.id = o.party_id
left join orders_address a on a.order_id = i.order_id where i.id = %(invoice_id)s order by a.kind limit 1

-- name: invoice_relatives
-- The invoice that a credit memo corrects, the memos that correct this invoice, and the others of its order.
select i.series || '-' || i.number as number, i.kind, i.total_minor, i.currency, i.issued_on, i.id = %(undoes)s::bigint as is_corrected, coalesce(i.undoes = %(invoice_id)s, false) as corrects
from ledger_invoice i where i.id <> %(invoice_id)s and (i.id = %(undoes)s::bigint or i.order_id = %(order_id)s::bigint) order by i.id limit 50

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
-- What a payout's lines add up to beside what it says; the difference is what nobody has explained yet. One that waits tells the sums of its lines, as posting will. Lines are numbered from 1, and a posted payout's are matched and foot: only the
-- lines of those that wait are summed.
select p.id as cursor, p.id, p.partner, p.external_ref, p.paid_on, p.state, p.hold, p.currency, case when p.state = 'posted' then p.gross_minor else l.gross_minor end as gross_minor, case when p.state = 'posted' then p.fee_minor else l.fee_minor end as fee_minor,
    case when p.state = 'posted' then p.reserve_minor else l.reserve_minor end as reserve_minor, p.deposit_minor, p.lines_expected,
    coalesce((select max(x.line_no) from ledger_payout_line x where x.payout_id = p.id), 0) as lines, coalesce(l.unmatched, 0) as unmatched,
    coalesce(l.net_minor, p.deposit_minor) as net_minor, p.deposit_minor - coalesce(l.net_minor, p.deposit_minor) as difference_minor,
    case when p.state = 'posted' then 'explained' when p.lines_expected > coalesce(l.lines, 0) then 'incomplete' when l.unmatched > 0 then 'unmatched' when p.deposit_minor <> l.net_minor then 'variance' else 'waits' end as match
from ledger_payout p left join lateral (
    select count(*) as lines, count(*) filter (where payment_id is null and explanation_id is null and kind in ('charge', 'refund', 'chargeback', 'difference')) as unmatched, coalesce(sum(net_minor), 0)::bigint as net_minor,
        coalesce(sum(gross_minor) filter (where kind in ('charge', 'refund', 'chargeback')), 0)::bigint as gross_minor, (coalesce(sum(fee_minor), 0) - coalesce(sum(gross_minor) filter (where kind = 'fee'), 0))::bigint as fee_minor,
        -coalesce(sum(gross_minor) filter (where kind in ('reserve_hold', 'reserve_release')), 0)::bigint as reserve_minor
    from ledger_payout_line where payout_id = p.id
) l on p.state <> 'posted' or %(payout_id)s::bigint is not null
where (%(before)s::bigint is null or p.id < %(before)s) and (%(partner)s::text is null or p.partner = %(partner)s) and (%(state)s::text is null or p.state = %(state)s)
    and (%(waiting)s::boolean is null or (p.state <> 'posted') = %(waiting)s) and (%(payout_id)s::bigint is null or p.id = %(payout_id)s) and (%(unmatched)s::boolean is null or (coalesce(l.unmatched, 0) > 0) = %(unmatched)s)
order by p.id desc limit %(limit)s

-- name: payout_lines_listed
select l.payout_id * 100000000 + l.line_no as cursor, l.payout_id, l.line_no, l.kind, l.external_ref, l.gross_minor, l.fee_minor, l.net_minor, l.note, case when l.payment_id is null and l.explanation_id is null and l.kind in ('charge', 'refund', 'chargeback', 'difference') then l.payout_id || '.' || l.line_no end as line, case when l.kind in ('charge', 'refund', 'chargeback', 'difference') then l.payout_id || '.' || l.line_no end as key, pay.id as payment_id, p.currency, p.partner, p.external_ref as payout, p.paid_on,
    current_date - p.paid_on as days_old, pay.amount_minor as paid_minor, pay.at as paid_at, case when pay.order_id is not null then 'SO-' || pay.order_id end as order_number, i.series || '-' || i.number as invoice,
    case when l.kind in ('fee', 'adjustment', 'reserve_hold', 'reserve_release') then 'needs none' when l.payment_id is not null then 'matched' when l.explanation_id is not null then 'written off' else 'unmatched' end as match
from ledger_payout_line l join ledger_payout p on p.id = l.payout_id left join ledger_payment pay on pay.id = l.payment_id left join ledger_invoice i on i.id = pay.invoice_id
where (%(payout_id)s::bigint is null or l.payout_id = %(payout_id)s) and (%(partner)s::text is null or p.partner = %(partner)s) and (%(waiting)s::boolean is null or p.state <> 'posted' or p.id in (select payout_id from ledger_payout_explanation where taken_back_at is not null))
    and (%(after)s::bigint is null or (l.payout_id, l.line_no) > (%(after)s / 100000000, %(after)s %% 100000000))
    and (%(match)s::text is null or case when l.kind in ('fee', 'adjustment', 'reserve_hold', 'reserve_release') then 'needs none' when l.payment_id is not null then 'matched' when l.explanation_id is not null then 'written off' else 'unmatched' end = %(match)s)
order by l.payout_id, l.line_no limit %(limit)s

-- name: payout_sums
-- By kind of line: the columns of a payout's own statement.
select kind, count(*) as lines, sum(gross_minor)::bigint as gross_minor, sum(fee_minor)::bigint as fee_minor, sum(net_minor)::bigint as net_minor from ledger_payout_line where payout_id = %(payout_id)s group by kind order by kind

-- name: cases_of_payout
select c.id, c.reason_code, c.state from exception_queue_case c where c.document = 'payout' and c.document_id = %(payout_id)s order by c.id

-- name: payouts_waiting
select p.id, p.partner, p.external_ref, p.paid_on, p.currency, p.deposit_minor, p.state, p.hold from ledger_payout p where p.state <> 'posted' order by p.id desc limit %(limit)s

-- name: entities
select code, name, currency from catalog_entity order by code

-- name: accounts
select code from ledger_account order by code

-- name: gateways
select code from engine_partner union select distinct partner from ledger_payout order by 1

-- name: address_of_document
-- The page of an entry's document: an invoice, a payment, a payout or a line of it, an order.
select case when %(origin)s = 'payout' then '/finance/payouts/' || %(origin_id)s::bigint when w.id is not null then '/finance/lines/' || w.payout_id || '.' || w.line_no when p.id is not null then '/finance/payments/' || p.id when i.id is not null then '/finance/invoices/' || i.series || '-' || i.number
    when s.order_id is not null then '/orders/SO-' || s.order_id end as address,
    coalesce(i.series || '-' || i.number, s.number) as number
from (select 1) one left join ledger_payout_explanation w on %(origin)s = 'payout_line' and w.id = %(origin_id)s left join ledger_application x on %(origin)s = 'application' and x.id = %(origin_id)s
left join ledger_invoice i on i.id = case when %(origin)s in ('invoice', 'credit_memo') then %(origin_id)s::bigint else x.invoice_id end
left join ledger_payment p on %(origin)s = 'payment' and p.id = %(origin_id)s left join orders_shipment s on %(origin)s = 'shipment' and s.id = %(origin_id)s
