-- name: entries_listed
-- The newest first along the key, between the numbers that the days can have.
with chosen as (
    select e.* from ledger_entry e join catalog_entity n on n.id = e.entity_id
    where e.id between %(low)s and %(high)s and (%(before)s::bigint is null or e.id < %(before)s) and (%(rule)s::text is null or e.rule = %(rule)s) and (%(entity)s::text is null or n.code = %(entity)s)
        and (%(since)s::date is null or e.posted_on >= %(since)s) and (%(until)s::date is null or e.posted_on <= %(until)s) and (%(late)s::boolean is null or (e.late_for_on is not null) = %(late)s)
        and (%(origin)s::text is null or e.origin = %(origin)s)
        and (%(account)s::text is null or exists (select from ledger_leg l join ledger_account a on a.id = l.account_id where l.entry_id = e.id and (a.code = %(account)s or a.root = %(account)s)))
        and (%(amount_minor)s::bigint is null or exists (select from ledger_leg l where l.entry_id = e.id and abs(l.amount_minor) = %(amount_minor)s))
        and (%(words)s::text is null or e.origin = 'correction' and exists (select from ledger_correction k where k.id = e.origin_id and k.note ilike '%%' || %(words)s || '%%'))
    order by e.id desc limit %(limit)s
)
select e.id as cursor, e.id, e.rule, e.origin, e.origin_id, e.posted_on, n.code as entity, e.late_for_on, e.undoes, s.currency, s.amount_minor, s.accounts,
    coalesce(case when e.origin in ('invoice', 'credit_memo') then (select i.series || '-' || i.number from ledger_invoice i where i.id = e.origin_id)
        when e.origin = 'shipment' then (select h.number from orders_shipment h where h.id = e.origin_id) end, e.origin || ' ' || e.origin_id) as document
from chosen e join catalog_entity n on n.id = e.entity_id left join lateral (
    select min(l.currency) as currency, (sum(l.amount_minor) filter (where l.amount_minor > 0))::bigint as amount_minor, string_agg(a.code, ', ' order by l.amount_minor desc, a.code) as accounts
    from ledger_leg l join ledger_account a on a.id = l.account_id where l.entry_id = e.id
) s on true order by e.id desc

-- name: journal_of_days
-- Every leg of these days for an auditor, whole entries in their order.
with chosen as (
    select id from ledger_entry where id > %(after)s and id between %(low)s and %(high)s order by id limit %(limit)s
)
select e.id as entry, n.code as entity, e.posted_on, e.rule, e.origin as document, e.origin_id as document_id, e.undoes, e.late_for_on, a.code as account, l.currency, greatest(l.amount_minor, 0) as debit_minor,
    greatest(-l.amount_minor, 0) as credit_minor
from chosen c join ledger_entry e on e.id = c.id join catalog_entity n on n.id = e.entity_id join ledger_leg l on l.entry_id = e.id join ledger_account a on a.id = l.account_id
where e.posted_on between %(first)s and %(last)s and (%(entity)s::text is null or n.code = %(entity)s) order by e.id, l.amount_minor desc, a.code

-- name: highest_entry_of
-- The last number of a portion of the journal; null at its end.
select max(id) as reached from (select id from ledger_entry where id > %(after)s and id between %(low)s and %(high)s order by id limit %(limit)s) c
