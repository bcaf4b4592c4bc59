-- name: make_event_tray
create temp table if not exists event_tray (
    n int, message_id bigint, kind text, target text, target_id bigint, payment text, gateway text, amount_minor bigint, currency text, at timestamptz
) on commit delete rows

-- name: empty_events
delete from event_tray

-- name: copy_events
copy event_tray (n, message_id, kind, target, target_id, payment, gateway, amount_minor, currency, at) from stdin

-- name: lock_targets
-- Invoices that the events name, and those of orders that money comes for, locked by id: two batches never pay the same invoice at once.
select i.id, i.order_id, i.entity_id, i.channel_code, i.currency, i.total_minor, i.paid_minor, i.state, i.kind from ledger_invoice i
where i.id in (select target_id from event_tray where target = 'invoice'
    union all select d.id from event_tray t join ledger_invoice d on d.order_id = t.target_id where t.target = 'order' and t.kind = 'captured') order by i.id for update

-- name: orders_named
select o.id, o.currency, o.total_minor, o.authorised_minor, o.captured_minor, o.refunded_minor, o.entity_id, c.code as channel_code
from orders_order o join catalog_channel c on c.id = o.channel_id where o.id = any(%(order_ids)s::bigint[]) order by o.id for update of o

-- name: known_events
-- The same key again; `says_the_same` is false where the gateway now names another amount or another order for it.
select t.n, t.message_id, t.payment, p.id as payment_id, p.amount_minor, p.currency, p.order_id, o.same_order,
    p.amount_minor = t.amount_minor and p.currency = t.currency and o.same_order as says_the_same
from event_tray t join ledger_payment p on p.gateway = t.gateway and p.external_ref = t.payment and p.kind = t.kind
left join ledger_invoice i on t.target = 'invoice' and i.id = t.target_id
cross join lateral (select p.order_id is not distinct from case t.target when 'order' then t.target_id else i.order_id end as same_order) o

-- name: record_events
-- The accepted events become payments; PAY facts come from the same rows. Refunds are posted after all money that came has paid what it can.
with accepted as (
    select t.*, i.order_id as invoice_order from event_tray t left join ledger_invoice i on t.target = 'invoice' and i.id = t.target_id where t.n = any(%(accepted)s::int[])
),
written as (
    insert into ledger_payment (order_id, invoice_id, kind, gateway, external_ref, amount_minor, currency, at, batch_id)
    select case when target = 'order' then target_id else invoice_order end, case when target = 'invoice' then target_id end, kind, gateway, payment, amount_minor, currency, at, %(batch_id)s
    from accepted order by gateway, payment, kind
    on conflict (gateway, external_ref, kind) do nothing
    returning id, order_id, invoice_id, kind, gateway, external_ref, amount_minor, currency, at
),
facts as (
    insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, gateway, amount)
    select case w.kind when 'chargeback' then 'CHARGEBACK-01' else case when w.invoice_id is null then 'PAY-02' else 'PAY-01' end end,
        'payment', w.id, o.entity_id, (w.at at time zone e.zone)::date, w.currency, c.code, w.gateway, w.amount_minor
    from written w join orders_order o on o.id = w.order_id join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id
    where w.kind in ('captured', 'chargeback') and w.amount_minor > 0
    returning rule
)
select w.id, w.order_id, w.invoice_id, w.kind, w.gateway, w.external_ref, w.amount_minor, (select count(*) from facts) as facts from written w

-- name: pay_invoices
update ledger_invoice i set paid_minor = i.paid_minor + d.amount, state = case when i.paid_minor + d.amount >= i.total_minor then 'captured' else i.state end
from (select invoice_id, sum(amount) as amount from unnest(%(invoice_ids)s::bigint[], %(amounts)s::bigint[]) u(invoice_id, amount) group by invoice_id) d where i.id = d.invoice_id

-- name: make_payout_line_tray
create temp table if not exists payout_line_tray (payout_id bigint, line_no bigint, kind text, external_ref text, gross_minor bigint, fee_minor bigint, net_minor bigint, note text)
    on commit delete rows

-- name: write_payouts
insert into ledger_payout (partner, external_ref, currency, deposit_minor, lines_expected, paid_on, inbox_id)
select * from unnest(%(partners)s::text[], %(refs)s::text[], %(currencies)s::text[], %(deposits)s::bigint[], %(expected)s::bigint[], %(dates)s::date[], %(inbox_ids)s::bigint[])
on conflict (partner, external_ref) do update set deposit_minor = excluded.deposit_minor, lines_expected = excluded.lines_expected, paid_on = excluded.paid_on, inbox_id = excluded.inbox_id
    where ledger_payout.state = 'received'
returning id, partner, external_ref, (xmax = 0) as is_new

-- name: drop_payout_lines
delete from ledger_payout_line where payout_id = any(%(payout_ids)s::bigint[])

-- name: copy_payout_lines
copy ledger_payout_line (payout_id, line_no, kind, external_ref, gross_minor, fee_minor, net_minor, note) from stdin

-- name: claim_payouts
select id from ledger_payout where state = %(state)s and hold = 'clear' order by id limit %(limit)s for update skip locked

-- name: reclaim_payouts
select id from ledger_payout where id = any(%(ids)s) and state = %(state)s and hold = 'clear' order by id for update skip locked

-- name: hold_payouts
update ledger_payout set hold = 'held' where id = any(%(ids)s)

-- name: unhold_payouts
update ledger_payout set hold = 'clear' where id = any(%(ids)s) and hold = 'held'

-- name: about_payouts
select id as document_id, null::bigint as order_id, deposit_minor as value_minor, currency from ledger_payout where id = any(%(ids)s)

-- name: claim_invoices
select id from ledger_invoice where state = %(state)s and hold = 'clear' order by id limit %(limit)s for update skip locked

-- name: reclaim_invoices
select id from ledger_invoice where id = any(%(ids)s) and state = %(state)s and hold = 'clear' order by id for update skip locked

-- name: hold_invoices
update ledger_invoice set hold = 'held' where id = any(%(ids)s)

-- name: unhold_invoices
update ledger_invoice set hold = 'clear' where id = any(%(ids)s) and hold = 'held'

-- name: about_invoices
select id as document_id, order_id, total_minor as value_minor, currency from ledger_invoice where id = any(%(ids)s)

-- name: match_lines
-- By the gateway's key, the amount and its direction. A payment explains one line of one payout: what an earlier payout or an earlier line had is
-- not had again. The look-up is lateral, so that it goes by the payment's unique key even on a database that has not been analysed yet.
update ledger_payout_line l set payment_id = m.payment_id
from (
    select x.payout_id, x.line_no, case when row_number() over (partition by p.id order by x.payout_id, x.line_no) = 1 then p.id end as payment_id
    from ledger_payout_line x join ledger_payout o on o.id = x.payout_id
    left join lateral (
        select p.id from ledger_payment p
        where p.gateway = o.partner and p.external_ref = x.external_ref and p.kind = case x.kind when 'charge' then 'captured' when 'refund' then 'refunded' else x.kind end
            and p.currency = o.currency and p.amount_minor = case x.kind when 'charge' then x.gross_minor else -x.gross_minor end and p.payout_id is null
        limit 1
    ) p on true
    where x.payout_id = any(%(ids)s) and x.kind in ('charge', 'refund', 'chargeback') and x.explanation_id is null
) m
where l.payout_id = m.payout_id and l.line_no = m.line_no and l.payment_id is distinct from m.payment_id

-- name: payouts_judged
-- Each payout of the batch: lines announced and found, what the deposit has more than they sum to, and lines without a payment.
select o.id, o.external_ref as value, o.currency, o.lines_expected as expected, count(l.line_no) as found, (o.deposit_minor - coalesce(sum(l.net_minor), 0))::bigint as residual_minor,
    count(*) filter (where l.kind in ('charge', 'refund', 'chargeback') and l.payment_id is null and l.explanation_id is null) as unmatched
from ledger_payout o left join ledger_payout_line l on l.payout_id = o.id where o.id = any(%(ids)s) group by o.id order by o.id

-- name: lines_that_differ
-- For payouts that are to be parked: every unmatched line with what we know of its payment, and by how much the two differ.
with unmatched as (
    select l.payout_id, l.line_no, l.external_ref, l.gross_minor, p.amount_minor * case l.kind when 'charge' then 1 else -1 end as ours_minor, p.currency, q.external_ref as payout, o.currency as asked
    from ledger_payout_line l join ledger_payout o on o.id = l.payout_id
    left join ledger_payment p on p.gateway = o.partner and p.external_ref = l.external_ref and p.kind = case l.kind when 'charge' then 'captured' when 'refund' then 'refunded' else l.kind end
    left join ledger_payout q on q.id = p.payout_id
    where l.payout_id = any(%(payout_ids)s::bigint[]) and l.payment_id is null and l.explanation_id is null and l.kind in ('charge', 'refund', 'chargeback')
)
select payout_id, coalesce(sum(gross_minor - ours_minor) filter (where payout is null and currency = asked), 0)::bigint as difference_minor,
    (array_agg(coalesce(external_ref, 'line ' || line_no) || ': ' || case when ours_minor is null then gross_minor || ', which we do not know' when payout is not null then 'explained by ' || payout
        when currency <> asked then 'ours is in ' || currency when gross_minor = ours_minor then 'named twice'
        else gross_minor || ', ours is ' || ours_minor end order by line_no))[1:20] as unmatched_refs
from unmatched group by payout_id

-- name: post_payout_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, gateway, gross, suspense, fee, net, amount, variance)
select 'PAYOUT-01', 'payout', o.id, coalesce(o.entity_id, k.entity_id, f.entity_id), o.paid_on, o.currency, o.partner,
    coalesce(sum(l.gross_minor) filter (where l.kind in ('charge', 'refund', 'chargeback') and l.explanation_id is null), 0), coalesce(sum(l.gross_minor) filter (where l.explanation_id is not null), 0),
    coalesce(sum(l.fee_minor), 0) - coalesce(sum(l.gross_minor) filter (where l.kind = 'fee'), 0), o.deposit_minor,
    -coalesce(sum(l.gross_minor) filter (where l.kind in ('reserve_hold', 'reserve_release')), 0), -coalesce(sum(l.gross_minor) filter (where l.kind = 'adjustment'), 0)
from ledger_payout o left join ledger_payout_line l on l.payout_id = o.id
left join lateral (select c.entity_id from catalog_channel c where c.gateway = o.partner or c.code = o.partner order by c.id limit 1) k on true
left join lateral (select e.id as entity_id from catalog_entity e order by (e.currency = o.currency) desc, e.id limit 1) f on true
where o.id = any(%(ids)s) group by o.id, k.entity_id, f.entity_id

-- name: finish_payouts
-- A payout without lines (a deposit of nothing) is posted like any other.
update ledger_payout o set state = 'posted', gross_minor = s.gross, fee_minor = s.fee, reserve_minor = s.reserve
from (select p.id, coalesce(sum(l.gross_minor) filter (where l.kind in ('charge', 'refund', 'chargeback')), 0) as gross,
        coalesce(sum(l.fee_minor), 0) - coalesce(sum(l.gross_minor) filter (where l.kind = 'fee'), 0) as fee,
        -coalesce(sum(l.gross_minor) filter (where l.kind in ('reserve_hold', 'reserve_release')), 0) as reserve
    from ledger_payout p left join ledger_payout_line l on l.payout_id = p.id where p.id = any(%(ids)s) group by p.id) s
where o.id = s.id and o.state = 'received' returning o.id

-- name: explain_payments
-- The payments know their payout now. One that another payout took meanwhile is missing from the count, which the caller compares.
with explained as (
    update ledger_payment p set payout_id = l.payout_id from ledger_payout_line l where l.payout_id = any(%(ids)s) and l.payment_id = p.id and l.explanation_id is null and p.payout_id is null returning p.id
)
select (select count(*) from explained) as explained, (select count(*) from ledger_payout_line where payout_id = any(%(ids)s) and payment_id is not null and explanation_id is null) as matched

-- name: settle_invoices
-- Invoices all of whose money payouts have explained. One that was paid by deposits waits for all deposits of its order.
with touched as (
    select p.invoice_id as id from ledger_payout_line l join ledger_payment p on p.id = l.payment_id where l.payout_id = any(%(ids)s) and p.invoice_id is not null
    union
    select a.invoice_id from ledger_payout_line l join ledger_payment p on p.id = l.payment_id join ledger_invoice i on i.order_id = p.order_id join ledger_application a on a.invoice_id = i.id
    where l.payout_id = any(%(ids)s) and p.invoice_id is null
),
whole as (
    select i.id from ledger_invoice i
    where i.id in (select id from touched) and i.state = 'captured' and not exists (
        select from ledger_payment p where p.order_id = i.order_id and p.kind = 'captured' and p.payout_id is null
            and (p.invoice_id = i.id or p.invoice_id is null and exists (select from ledger_application a where a.invoice_id = i.id)))
    order by i.id for no key update
)
update ledger_invoice i set state = 'settled' from whole where i.id = whole.id

-- name: any_payout_waits
select exists (select from ledger_payout where state = 'received' and hold = 'held') as found
