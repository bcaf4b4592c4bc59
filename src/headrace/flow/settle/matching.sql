-- name: payments_of_the_amount
-- For each line, the payments of its gateway that it may be by amount alone, and how many lines want the one: only where both are one is there no doubt.
with asked as (
    select l.payout_id, l.line_no, o.partner, o.currency, o.paid_on, abs(l.gross_minor) as amount_minor, case l.kind when 'charge' then 'captured' when 'refund' then 'refunded' else l.kind end as kind
    from unnest(%(payout_ids)s::bigint[], %(line_nos)s::bigint[]) a(payout_id, line_no)
    join ledger_payout_line l on l.payout_id = a.payout_id and l.line_no = a.line_no join ledger_payout o on o.id = l.payout_id
    where l.kind in ('charge', 'refund', 'chargeback') and sign(l.gross_minor) = case l.kind when 'charge' then 1 else -1 end
),
meant as (
    select a.payout_id, a.line_no, min(p.id) as payment_id, count(*) as payments
    from asked a join ledger_payment p on p.gateway = a.partner and p.kind = a.kind and p.currency = a.currency and p.amount_minor = a.amount_minor and p.payout_id is null
        and p.id > (select coalesce(max(id), 0) - %(looked_at_max)s from ledger_payment) and p.at between a.paid_on - 30 and a.paid_on + 3
    group by a.payout_id, a.line_no
)
select m.*, count(*) over (partition by m.payment_id) as wanted_by from meant m order by m.payout_id, m.line_no

-- name: decided_alone
-- What one person has decided alone, and what stands of it: the most of one of these payouts, and the most of all payouts of one of their currencies since a moment.
with decided as (
    select x.payout_id, o.currency, x.at, x.alone_minor from ledger_payout_explanation x join ledger_payout o on o.id = x.payout_id
    where x.actor = any(%(person)s::text[]) and x.alone_minor > 0 and x.taken_back_at is null
        and (x.payout_id = any(%(payout_ids)s::bigint[]) or x.at > %(since)s and o.currency in (select currency from ledger_payout where id = any(%(payout_ids)s::bigint[])))
),
of_payouts as (select sum(alone_minor) as minor from decided where payout_id = any(%(payout_ids)s::bigint[]) group by payout_id),
of_days as (select sum(alone_minor) as minor from decided where at > %(since)s group by currency)
select coalesce((select max(minor) from of_payouts), 0)::bigint as payout_minor, coalesce((select max(minor) from of_days), 0)::bigint as day_minor
