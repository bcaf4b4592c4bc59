-- name: make_fact_tray
create temp table if not exists fact_tray (
    rule text not null, origin text not null, origin_id bigint not null, entity_id bigint not null, posted_on date not null, currency text not null,
    channel text, item_class text, jurisdiction text, gateway text, node text, from_node text, reason text,
    gross bigint default 0, net bigint default 0, shipping bigint default 0, tax bigint default 0, discount bigint default 0, cost bigint default 0,
    fee bigint default 0, amount bigint default 0, variance bigint default 0, tip bigint default 0, duty bigint default 0, charge bigint default 0,
    suspense bigint default 0, loss bigint default 0, rounding bigint default 0, chargeback bigint default 0
) on commit delete rows;
create temp table if not exists leg_tray (
    entity_id bigint, rule text, origin text, origin_id bigint, posted_on date, currency text, account text, root text, kind text, amount bigint, late_for_on date
) on commit delete rows

-- name: empty_fact_tray
-- DELETE instead of TRUNCATE: cheap for a few thousand rows, and it takes no exclusive lock.
with a as (delete from fact_tray) delete from leg_tray

-- name: unknown_accounts
select distinct t.account from leg_tray t left join ledger_account a on a.code = t.account where a.id is null

-- name: open_accounts
-- Sorted, so that two batches that open the same accounts wait for each other instead of locking crosswise.
insert into ledger_account (code, root, kind) select distinct account, root, kind from leg_tray order by account on conflict (code) do nothing

-- name: keep_out_of_closed_periods
select ledger_keep_out_of_closed_periods() as moved

-- name: write_entries
-- Entries and their legs in one statement: the trigger that refuses an unbalanced entry sees it whole.
with entries as (
    insert into ledger_entry (entity_id, rule, origin, origin_id, posted_on, late_for_on, batch_id)
    select distinct on (rule, origin, origin_id) entity_id, rule, origin, origin_id, posted_on, late_for_on, %(batch_id)s::bigint from leg_tray order by rule, origin, origin_id
    returning id, rule, origin, origin_id
),
legs as (
    insert into ledger_leg (entry_id, account_id, amount_minor, currency)
    select e.id, a.id, t.amount, t.currency
    from leg_tray t join entries e on e.origin_id = t.origin_id and e.rule = t.rule and e.origin = t.origin join ledger_account a on a.code = t.account
    returning 1
)
select (select count(*) from entries) as entries_written, (select count(*) from legs) as legs_written, (select count(*) from leg_tray) as legs_asked
