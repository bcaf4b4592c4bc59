-- name: lock_payouts
-- Payouts by number, as they stand; nobody posts them meanwhile.
select o.id, o.partner, o.external_ref, o.currency, o.state, o.hold, o.paid_on from ledger_payout o where o.id = any(%(payout_ids)s::bigint[]) order by o.id for update

-- name: lines_named
-- Lines of payouts, written as payout.line, with what explains each now.
select l.payout_id || '.' || l.line_no as key, l.payout_id, l.line_no, l.kind, l.external_ref, l.gross_minor, l.payment_id, l.explanation_id
from ledger_payout_line l join unnest(%(payout_ids)s::bigint[], %(line_nos)s::bigint[]) a(payout_id, line_no) on a.payout_id = l.payout_id and a.line_no = l.line_no
order by l.payout_id, l.line_no

-- name: add_difference
insert into ledger_payout_line (payout_id, line_no, kind, gross_minor, fee_minor, net_minor, note)
select o.id, coalesce(max(l.line_no), 0) + 1, 'difference', o.deposit_minor - coalesce(sum(l.net_minor), 0), 0, o.deposit_minor - coalesce(sum(l.net_minor), 0), 'what the deposit has more than the lines'
from ledger_payout o left join ledger_payout_line l on l.payout_id = o.id where o.id = %(payout_id)s group by o.id returning line_no

-- name: write_explanations
with asked as (
    select * from unnest(%(payout_ids)s::bigint[], %(line_nos)s::bigint[], %(payment_ids)s::bigint[]) a(payout_id, line_no, payment_id)
),
told as (
    insert into ledger_payout_explanation (payout_id, line_no, kind, line_kind, line_ref, gross_minor, payment_id, difference_minor, alone_minor, account, why, actor, at)
    select l.payout_id, l.line_no, case when a.payment_id is null then 'written_off' else 'matched' end, l.kind, l.external_ref, l.gross_minor, a.payment_id, d.difference,
        case when %(seen_by_two)s then 0 else abs(d.difference) + %(recorded_minor)s end,
        case when d.difference <> 0 then %(account)s::text end, %(why)s::text, %(actor)s, %(as_of)s
    from asked a join ledger_payout_line l on l.payout_id = a.payout_id and l.line_no = a.line_no left join ledger_payment p on p.id = a.payment_id
    cross join lateral (select l.gross_minor - coalesce(case p.kind when 'captured' then p.amount_minor else -p.amount_minor end, 0) as difference) d
    where l.payment_id is null and l.explanation_id is null order by l.payout_id, l.line_no
    returning id, payout_id, line_no, payment_id, alone_minor
),
lines as (
    update ledger_payout_line l set payment_id = t.payment_id, explanation_id = t.id from told t where l.payout_id = t.payout_id and l.line_no = t.line_no returning 1
),
paid as (
    update ledger_payment p set payout_id = t.payout_id from told t where p.id = t.payment_id and p.payout_id is null returning 1
)
select t.id, t.payout_id, t.payment_id, t.alone_minor, (select count(*) from lines) as lines, (select count(*) from paid) as paid from told t

-- name: explanation_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, gateway, suspense, gross, fee, variance, chargeback, loss, rounding, charge)
select %(rule)s, 'payout_line', x.id, coalesce(o.entity_id, k.entity_id, f.entity_id), o.paid_on, o.currency, o.partner, x.gross_minor, x.gross_minor - x.difference_minor,
    case x.account when 'payment_fees' then x.difference_minor else 0 end, case x.account when 'payout_adjustments' then x.difference_minor else 0 end,
    case x.account when 'chargebacks' then x.difference_minor else 0 end, case x.account when 'bad_debt' then x.difference_minor else 0 end,
    case x.account when 'rounding' then x.difference_minor else 0 end, case x.account when 'other_income' then x.difference_minor else 0 end
from ledger_payout_explanation x join ledger_payout o on o.id = x.payout_id
left join lateral (select c.entity_id from catalog_channel c where c.gateway = o.partner or c.code = o.partner order by c.id limit 1) k on true
left join lateral (select e.id as entity_id from catalog_entity e order by (e.currency = o.currency) desc, e.id limit 1) f on true
where x.id = any(%(explanation_ids)s::bigint[]) and x.taken_back_at is null and (x.gross_minor <> 0 or x.difference_minor <> 0)

-- name: take_back_explanations
with gone as (
    update ledger_payout_explanation set taken_back_at = %(as_of)s, taken_back_by = %(actor)s, taken_back_why = %(why)s
    where id = any(%(explanation_ids)s::bigint[]) and taken_back_at is null returning id, payout_id, line_no, line_kind, payment_id
),
lines as (
    update ledger_payout_line l set payment_id = null, explanation_id = null from gone g where l.payout_id = g.payout_id and l.line_no = g.line_no and l.explanation_id = g.id returning 1
),
paid as (
    update ledger_payment p set payout_id = null from gone g where p.id = g.payment_id and p.payout_id = g.payout_id returning 1
)
select id, payout_id, line_no, line_kind, payment_id, (select count(*) from lines) as lines, (select count(*) from paid) as paid from gone

-- name: drop_differences
-- A payout that is not posted yet is short of the difference again; in a posted one the line stays, unexplained.
delete from ledger_payout_line l using ledger_payout o where o.id = l.payout_id and o.state <> 'posted' and l.kind = 'difference' and l.explanation_id is null
    and l.payout_id || '.' || l.line_no = any(%(lines)s::text[])

-- name: any_explanation
select exists (select from ledger_payout_explanation where payout_id = any(%(payout_ids)s::bigint[]) and taken_back_at is null) as found

-- name: carry_explanations
update ledger_payout_line l set payment_id = x.payment_id, explanation_id = x.id from ledger_payout_explanation x
where x.payout_id = any(%(payout_ids)s::bigint[]) and x.taken_back_at is null and l.payout_id = x.payout_id and l.line_no = x.line_no and l.kind = x.line_kind
    and l.external_ref is not distinct from x.line_ref and l.gross_minor = x.gross_minor

-- name: lost_explanations
select x.id from ledger_payout_explanation x left join ledger_payout_line l on l.payout_id = x.payout_id and l.line_no = x.line_no and l.explanation_id = x.id
where x.payout_id = any(%(payout_ids)s::bigint[]) and x.taken_back_at is null and l.payout_id is null order by x.id

-- name: settle_paid_out
-- Invoices all of whose money payouts have explained, as with payouts that are posted.
with touched as (
    select p.invoice_id as id from ledger_payment p where p.id = any(%(payment_ids)s::bigint[]) and p.invoice_id is not null
    union
    select a.invoice_id from ledger_payment p join ledger_invoice i on i.order_id = p.order_id join ledger_application a on a.invoice_id = i.id
    where p.id = any(%(payment_ids)s::bigint[]) and p.invoice_id is null
),
whole as (
    select i.id from ledger_invoice i
    where i.id in (select id from touched) and i.state = 'captured' and not exists (
        select from ledger_payment p where p.order_id = i.order_id and p.kind = 'captured' and p.payout_id is null
            and (p.invoice_id = i.id or p.invoice_id is null and exists (select from ledger_application a where a.invoice_id = i.id)))
    order by i.id for no key update
)
update ledger_invoice i set state = 'settled' from whole where i.id = whole.id

-- name: unsettle_invoices
-- Money of theirs waits for its payout again.
with touched as (
    select p.invoice_id as id from ledger_payment p where p.id = any(%(payment_ids)s::bigint[]) and p.invoice_id is not null and p.kind = 'captured'
    union
    select a.invoice_id from ledger_payment p join ledger_invoice i on i.order_id = p.order_id join ledger_application a on a.invoice_id = i.id
    where p.id = any(%(payment_ids)s::bigint[]) and p.invoice_id is null and p.kind = 'captured'
)
update ledger_invoice i set state = 'captured' from touched t where i.id = t.id and i.state = 'settled'

-- name: payments_meant
-- What a person may mean by a key, a number or an order: payments that no payout has explained yet, by the gateway of the payout.
select p.id, p.kind, p.gateway, p.external_ref, p.amount_minor, p.currency, p.order_id, p.invoice_id, o.external_ref as payout from ledger_payment p left join ledger_payout o on o.id = p.payout_id
where (p.id = %(payment_id)s::bigint or p.gateway = %(gateway)s and p.external_ref = %(ref)s::text or p.order_id = %(order_id)s::bigint)
    and p.kind = any(%(kinds)s::text[]) order by p.id limit 50

-- name: invoice_numbered
select id, order_id from ledger_invoice where series = %(series)s and number = %(number)s order by id limit 2
