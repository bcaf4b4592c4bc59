-- The database itself keeps the books honest, whoever writes.

create or replace function ledger_legs_balance() returns trigger language plpgsql as $$
declare bad record; stretch record;
begin
  select l.entry_id, l.currency, sum(l.amount_minor) as off into bad from new_legs l group by l.entry_id, l.currency having sum(l.amount_minor) <> 0 limit 1;
  if found then
    raise exception 'entry % does not balance: % minor units of % are left over', bad.entry_id, bad.off, bad.currency using errcode = 'check_violation';
  end if;
  -- A leg that comes later than its entry would change what was posted: all legs of an entry must come in this one statement.
  -- New entries stand side by side, so one look along their stretch of the journal finds it. Counted in one sum, not joined: a joined plan is as
  -- good as its guess of how many entries are new, and that guess is made from the journal of yesterday.
  select min(entry_id), max(entry_id) into stretch from new_legs;
  select entry_id into bad from (
    select entry_id, 1 as is_new, 0 as is_there from new_legs
    union all select entry_id, 0, 1 from ledger_leg where entry_id between stretch.min and stretch.max
  ) l group by entry_id having sum(is_new) > 0 and sum(is_new) <> sum(is_there) limit 1;
  if found then
    raise exception 'entry % was posted before; write a new entry that corrects it', bad.entry_id using errcode = 'restrict_violation';
  end if;
  return null;
end $$;

drop trigger if exists legs_balance on ledger_leg;
create trigger legs_balance after insert on ledger_leg referencing new table as new_legs for each statement execute function ledger_legs_balance();

create or replace function ledger_period_open() returns trigger language plpgsql as $$
declare bad record;
begin
  select e.entity_id, e.posted_on into bad from (select distinct entity_id, posted_on from new_entries) e
  join ledger_period p on p.entity_id = e.entity_id and e.posted_on between p.starts_on and p.ends_on where p.state = 'closed' limit 1;
  if found then
    raise exception 'the period of % is closed for entity %; post into the next open period, or have it opened again', bad.posted_on, bad.entity_id using errcode = 'check_violation';
  end if;
  return null;
end $$;

drop trigger if exists period_open on ledger_entry;
create trigger period_open after insert on ledger_entry referencing new table as new_entries for each statement execute function ledger_period_open();

-- Posting holds the books open until its commit; closing a period waits for that, so that no entry slips in behind it. One lock for all
-- entities: a close is rare, and its wait is one batch long.
create or replace function ledger_hold_periods() returns void language sql volatile as $$ select pg_advisory_xact_lock_shared(4_711, 1) $$;
create or replace function ledger_lock_periods() returns void language sql volatile as $$ select pg_advisory_xact_lock(4_711, 1) $$;

-- The first day from a day on that is in no closed period of the entity.
create or replace function ledger_open_day(of_entity bigint, day date) returns date language plpgsql stable as $$
declare ends date;
begin
  loop
    select p.ends_on into ends from ledger_period p where p.entity_id = of_entity and p.state = 'closed' and day between p.starts_on and p.ends_on limit 1;
    if not found then
      return day;
    end if;
    day := ends + 1;
  end loop;
end $$;

-- Late documents in the leg tray post into the next open period. Each statement here sees what was committed while it waited for the lock.
create or replace function ledger_keep_out_of_closed_periods() returns bigint language plpgsql volatile as $$
declare moved bigint;
begin
  perform ledger_hold_periods();
  if not exists (select from ledger_period where state = 'closed') then
    return 0;
  end if;
  update leg_tray t set late_for_on = t.posted_on, posted_on = d.open_on
  from (select entity_id, posted_on, ledger_open_day(entity_id, posted_on) as open_on from leg_tray group by entity_id, posted_on) d
  where d.entity_id = t.entity_id and d.posted_on = t.posted_on and d.open_on <> d.posted_on;
  get diagnostics moved = row_count;
  return moved;
end $$;
