-- name: make_event_tray
create temp table if not exists event_tray (
    n int, message_id bigint, kind text, target text, target_id bigint, payment text, gateway text, amount_minor bigint, currency text, at timestamptz
) on commit delete rows

-- name: copy_events
copy event_tray (n, message_id, kind, target, target_id, payment, gateway, amount_minor, currency, at) from stdin

-- name: lock_targets
-- Invoices and orders that the events name, locked by id: two batches never pay the same invoice at once.
select i.id, i.order_id, i.entity_id, i.channel_code, i.currency, i.total_minor, i.paid_minor, i.state, i.kind
from ledger_invoice i where i.id in (select target_id from event_tray where target = 'invoice') order by i.id for update

-- name: orders_named
select o.id, o.currency, o.authorised_minor, o.captured_minor, o.refunded_minor, o.entity_id, c.code as channel_code from orders_order o join catalog_channel c on c.id = o.channel_id
where o.id = any(%(order_ids)s::bigint[]) order by o.id for update of o

-- name: known_events
select t.message_id, p.id as payment_id from event_tray t join ledger_payment p on p.gateway = t.gateway and p.external_ref = t.payment and p.kind = t.kind

-- name: record_events
-- The accepted events become payments; PAY facts come from the same rows.
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
    select case w.kind when 'refunded' then 'REFUND-01' when 'chargeback' then 'CHARGEBACK-01' else case when w.invoice_id is null then 'PAY-02' else 'PAY-01' end end,
        'payment', w.id, o.entity_id, (w.at at time zone e.zone)::date, w.currency, c.code, w.gateway, w.amount_minor
    from written w join orders_order o on o.id = w.order_id join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id
    where w.kind in ('captured', 'refunded', 'chargeback') and w.amount_minor > 0
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
-- By the gateway's key. A payment explained by an earlier payout is not explained twice. The look-up is lateral, so that it goes by the
-- payment's unique key even on a database that has not been analysed yet.
update ledger_payout_line l set payment_id = m.payment_id
from (
    select x.payout_id, x.line_no, p.id as payment_id
    from ledger_payout_line x join ledger_payout o on o.id = x.payout_id
    cross join lateral (
        select p.id from ledger_payment p
        where p.gateway = o.partner and p.external_ref = x.external_ref and p.kind = case x.kind when 'charge' then 'captured' when 'refund' then 'refunded' else x.kind end
            and p.currency = o.currency and p.amount_minor = abs(x.gross_minor) and (p.payout_id is null or p.payout_id = o.id)
        limit 1
    ) p
    where x.payout_id = any(%(ids)s) and x.payment_id is null and x.kind in ('charge', 'refund', 'chargeback')
) m
where l.payout_id = m.payout_id and l.line_no = m.line_no

-- name: payouts_judged
-- Each payout of the batch: sums by kind, lines without a payment, and what is left unexplained.
select o.id, o.external_ref as value, o.currency, o.lines_expected as expected, count(l.line_no) as found, o.deposit_minor - coalesce(sum(l.net_minor), 0) as residual_minor,
    count(*) filter (where l.kind in ('charge', 'refund', 'chargeback') and l.payment_id is null) as unmatched,
    (array_agg(l.external_ref order by l.line_no) filter (where l.kind in ('charge', 'refund', 'chargeback') and l.payment_id is null))[1:20] as unmatched_refs
from ledger_payout o left join ledger_payout_line l on l.payout_id = o.id where o.id = any(%(ids)s) group by o.id order by o.id

-- name: post_payout_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, gateway, gross, fee, net, amount, variance)
select 'PAYOUT-01', 'payout', o.id, coalesce(o.entity_id, k.entity_id, f.entity_id), o.paid_on, o.currency, o.partner,
    coalesce(sum(l.gross_minor) filter (where l.kind in ('charge', 'refund', 'chargeback')), 0),
    coalesce(sum(l.fee_minor), 0) - coalesce(sum(l.gross_minor) filter (where l.kind = 'fee'), 0), o.deposit_minor,
    -coalesce(sum(l.gross_minor) filter (where l.kind in ('reserve_hold', 'reserve_release')), 0), -coalesce(sum(l.gross_minor) filter (where l.kind = 'adjustment'), 0)
from ledger_payout o join ledger_payout_line l on l.payout_id = o.id
left join lateral (select c.entity_id from catalog_channel c where c.gateway = o.partner or c.code = o.partner order by c.id limit 1) k on true
left join lateral (select e.id as entity_id from catalog_entity e order by (e.currency = o.currency) desc, e.id limit 1) f on true
where o.id = any(%(ids)s) group by o.id, k.entity_id, f.entity_id

-- name: finish_payouts
-- The payout is posted, its payments know it, and invoices that are explained whole are settled.
with done as (
    update ledger_payout o set state = 'posted', gross_minor = s.gross, fee_minor = s.fee, reserve_minor = s.reserve
    from (select payout_id, coalesce(sum(gross_minor) filter (where kind in ('charge', 'refund', 'chargeback')), 0) as gross,
            coalesce(sum(fee_minor), 0) - coalesce(sum(gross_minor) filter (where kind = 'fee'), 0) as fee,
            -coalesce(sum(gross_minor) filter (where kind in ('reserve_hold', 'reserve_release')), 0) as reserve
        from ledger_payout_line where payout_id = any(%(ids)s) group by payout_id) s
    where o.id = s.payout_id and o.state = 'received' returning o.id
),
explained as (
    update ledger_payment p set payout_id = l.payout_id from ledger_payout_line l join done d on d.id = l.payout_id where l.payment_id = p.id returning p.invoice_id, p.order_id
),
paid as (
    select invoice_id as id from explained where invoice_id is not null
    union
    select i.id from explained e join ledger_invoice i on i.order_id = e.order_id where e.invoice_id is null
),
settled as (
    update ledger_invoice i set state = 'settled' from paid where i.id = paid.id and i.state = 'captured' returning i.id
)
select id from done
