-- name: accounts_named
select id, code, root from ledger_account where code = any(%(codes)s::text[])

-- name: open_account
insert into ledger_account (code, root, kind) select * from unnest(%(codes)s::text[], %(roots)s::text[], %(kinds)s::text[]) as a(code, root, kind) order by code on conflict (code) do nothing

-- name: closed_period
select starts_on, ends_on from ledger_period where entity_id = %(entity_id)s and state = 'closed' and %(posted_on)s between starts_on and ends_on

-- name: write_manual
with document as (
    insert into ledger_correction (entity_id, kind, note, actor, at) values (%(entity_id)s, 'manual', %(note)s, %(actor)s, %(as_of)s) returning id
),
entry as (
    insert into ledger_entry (entity_id, rule, origin, origin_id, posted_on) select %(entity_id)s, 'MANUAL-01', 'correction', id, %(posted_on)s from document returning id
),
legs as (
    insert into ledger_leg (entry_id, account_id, amount_minor, currency)
    select e.id, a.id, l.amount, %(currency)s from entry e, unnest(%(codes)s::text[], %(amounts)s::bigint[]) as l(code, amount) join ledger_account a on a.code = l.code returning 1
)
select id, (select count(*) from legs) as legs from entry

-- name: lock_entry
-- The entry to be undone with its legs. An entry never changes, so it is the two people who undo it that wait for each other, at the unique key of the correction.
select e.id, e.entity_id, c.code as entity, e.rule, e.origin, e.posted_on, u.id as undone_by, u.actor as undone_by_whom, array_agg(distinct a.root) as roots
from ledger_entry e join catalog_entity c on c.id = e.entity_id join ledger_leg l on l.entry_id = e.id join ledger_account a on a.id = l.account_id
left join ledger_correction u on u.undoes = e.id where e.id = %(entry_id)s group by e.id, c.code, u.id, u.actor

-- name: write_undo
with document as (
    insert into ledger_correction (entity_id, kind, undoes, note, actor, at) select entity_id, 'undo', id, %(note)s, %(actor)s, %(as_of)s from ledger_entry where id = %(entry_id)s
    on conflict (undoes) do nothing returning id, entity_id
),
entry as (
    insert into ledger_entry (entity_id, rule, origin, origin_id, posted_on, undoes) select entity_id, 'UNDO-01', 'correction', id, %(posted_on)s, %(entry_id)s from document returning id
),
legs as (
    insert into ledger_leg (entry_id, account_id, amount_minor, currency)
    select e.id, l.account_id, -l.amount_minor, l.currency from entry e, ledger_leg l where l.entry_id = %(entry_id)s returning 1
)
select id, (select count(*) from legs) as legs from entry

-- name: write_rate
insert into ledger_exchange_rate (from_currency, to_currency, on_day, rate, source) values (%(from_currency)s, %(to_currency)s, %(on_day)s, %(rate)s, %(source)s)
on conflict (from_currency, to_currency, on_day) do update set rate = excluded.rate, source = excluded.source returning id

-- name: rate_on
-- The newest rate up to a day, in the direction asked or the other one turned round.
select rate, on_day, source from (
    select rate, on_day, source, 1 as way from ledger_exchange_rate where from_currency = %(from_currency)s and to_currency = %(to_currency)s and on_day <= %(on_day)s
    union all
    select 1 / rate, on_day, source, 2 from ledger_exchange_rate where from_currency = %(to_currency)s and to_currency = %(from_currency)s and on_day <= %(on_day)s
) r order by on_day desc, way limit 1
