-- name: entity_named
select id, code, currency, zone, (%(as_of)s at time zone zone)::date as today from catalog_entity where code = %(code)s

-- name: entity_codes
select code from catalog_entity order by code

-- name: lock_periods
select ledger_lock_periods()

-- name: hold_periods
select ledger_hold_periods()

-- name: period_of
select id, starts_on, ends_on, state, closed_at, closed_by from ledger_period where entity_id = %(entity_id)s and starts_on = %(starts_on)s for update

-- name: overlapping
select starts_on, ends_on from ledger_period where entity_id = %(entity_id)s and starts_on <= %(ends_on)s and ends_on >= %(starts_on)s and starts_on <> %(starts_on)s

-- name: write_period
insert into ledger_period (entity_id, starts_on, ends_on, state, closed_at, closed_by)
values (%(entity_id)s, %(starts_on)s, %(ends_on)s, %(state)s::text, case %(state)s::text when 'closed' then %(as_of)s::timestamptz end, case %(state)s::text when 'closed' then %(actor)s::text end)
on conflict (entity_id, starts_on) do update set state = excluded.state, closed_at = excluded.closed_at, closed_by = excluded.closed_by
returning id, starts_on, ends_on, state

-- name: open_before
-- The earliest day before a date that has entries and is in no closed period: what would have to be closed first.
select min(e.posted_on) as posted_on from ledger_slice e where e.entity_id = %(entity_id)s and e.posted_on < %(starts_on)s
    and not exists (select from ledger_period p where p.entity_id = e.entity_id and p.state = 'closed' and e.posted_on between p.starts_on and p.ends_on)

-- name: closed_after
select min(starts_on) as starts_on from ledger_period where entity_id = %(entity_id)s and starts_on > %(starts_on)s and state = 'closed'

-- name: posted_in
select l.currency, count(distinct e.id) as entries, coalesce(sum(l.amount_minor) filter (where l.amount_minor > 0), 0)::bigint as debit_minor,
    coalesce(-sum(l.amount_minor) filter (where l.amount_minor < 0), 0)::bigint as credit_minor
from ledger_entry e join ledger_leg l on l.entry_id = e.id where e.entity_id = %(entity_id)s and e.posted_on between %(first)s and %(last)s group by l.currency order by l.currency

-- name: list_periods
select c.code as entity, p.starts_on, p.ends_on, p.state, p.closed_at, p.closed_by from ledger_period p join catalog_entity c on c.id = p.entity_id
where %(entity)s::text is null or c.code = %(entity)s order by c.code, p.starts_on
