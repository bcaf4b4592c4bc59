-- name: trial_balance
-- What each account (or each root) holds per entity and currency: before the first day, moved within, and at the end of the last day.
with moved as (
    select s.entity_id, case %(by)s::text when 'root' then a.root else a.code end as account, a.kind, s.currency, s.debit_minor, s.credit_minor, coalesce(s.posted_on < %(first)s::date, false) as is_before
    from ledger_slice s join ledger_account a on a.id = s.account_id
    where s.posted_on <= coalesce(%(last)s::date, 'infinity') and (%(entity_id)s::bigint is null or s.entity_id = %(entity_id)s)
),
summed as (
    select entity_id, account, kind, currency, coalesce(sum(debit_minor - credit_minor) filter (where is_before), 0)::bigint as opening_minor,
        coalesce(sum(debit_minor) filter (where not is_before), 0)::bigint as debit_minor, coalesce(sum(credit_minor) filter (where not is_before), 0)::bigint as credit_minor,
        sum(debit_minor - credit_minor)::bigint as closing_minor
    from moved group by entity_id, account, kind, currency
)
select c.code as entity, c.currency as entity_currency, s.account, s.kind, s.currency, s.opening_minor, s.debit_minor, s.credit_minor, s.closing_minor
from summed s join catalog_entity c on c.id = s.entity_id
order by c.code, s.currency, array_position(array['asset', 'liability', 'equity', 'income', 'expense'], s.kind), s.account

-- name: account_known
select id from ledger_account where code = %(account)s or root = %(account)s

-- name: account_rows
-- Every leg of an account, down to the document that made it.
with rows as (
    select e.id, e.id as entry_id, c.code as entity, e.posted_on, e.late_for_on, e.rule, a.code as account, l.amount_minor, l.currency, e.origin, e.origin_id, e.undoes, e.batch_id
    from ledger_leg l join ledger_account a on a.id = l.account_id join ledger_entry e on e.id = l.entry_id join catalog_entity c on c.id = e.entity_id
    where l.account_id = any(%(account_ids)s::bigint[]) and l.entry_id < coalesce(%(before)s::bigint, 9223372036854775807) and l.entry_id > %(after)s
        and e.posted_on between coalesce(%(first)s::date, '-infinity') and coalesce(%(last)s::date, 'infinity') and (%(entity_id)s::bigint is null or e.entity_id = %(entity_id)s)
    order by l.entry_id desc fetch first %(limit)s rows with ties -- a page ends with a whole entry
)
select r.*, coalesce(case i.kind when 'credit_memo' then 'credit memo ' else 'invoice ' end || i.series || '-' || i.number, 'shipment ' || s.number, p.kind || ' ' || p.gateway || ' ' || p.external_ref,
        'payout ' || o.partner || ' ' || o.external_ref || coalesce(' line ' || w.line_no, ''), k.kind || ' by ' || k.actor || ': ' || k.note, m.kind || ' of stock ' || m.origin || coalesce(' ' || m.origin_id, ''),
        r.origin || ' ' || r.origin_id) as document,
    coalesce(i.order_id, s.order_id, p.order_id) as order_id
from rows r
left join ledger_application x on r.origin = 'application' and x.id = r.origin_id
left join ledger_invoice i on (r.origin in ('invoice', 'credit_memo') and i.id = r.origin_id) or i.id = x.invoice_id
left join orders_shipment s on r.origin = 'shipment' and s.id = r.origin_id
left join ledger_payment p on r.origin = 'payment' and p.id = r.origin_id
left join ledger_payout_explanation w on r.origin = 'payout_line' and w.id = r.origin_id
left join ledger_payout o on r.origin = 'payout' and o.id = r.origin_id or o.id = w.payout_id
left join ledger_correction k on r.origin = 'correction' and k.id = r.origin_id
left join stock_move m on r.origin = 'stock_move' and m.id = r.origin_id
order by r.id desc, r.account, r.currency

-- name: entry
select e.id, c.code as entity, e.rule, e.origin, e.origin_id, e.posted_on, e.late_for_on, e.batch_id, e.undoes, k.note, k.actor,
    (select u.id from ledger_entry u join ledger_correction d on d.id = u.origin_id and u.origin = 'correction' where d.undoes = e.id) as undone_by,
    (select jsonb_agg(jsonb_build_object('account', a.code, 'amount_minor', l.amount_minor, 'currency', l.currency) order by l.amount_minor desc, a.code)
        from ledger_leg l join ledger_account a on a.id = l.account_id where l.entry_id = e.id) as legs
from ledger_entry e join catalog_entity c on c.id = e.entity_id left join ledger_correction k on e.origin = 'correction' and k.id = e.origin_id where e.id = %(entry_id)s
