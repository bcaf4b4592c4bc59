-- The database itself keeps the books honest, whoever writes.

create or replace function ledger_legs_balance() returns trigger language plpgsql as $$
declare bad record; stretch record;
begin
  select l.entry_id, l.currency, sum(l.amount_minor) as off into bad from new_legs l group by l.entry_id, l.currency having sum(l.amount_minor) <> 0 limit 1;
  if found then
    raise exception 'entry % does not balance: % minor units of % are left over', bad.entry_id, bad.off, bad.currency using errcode = 'check_violation';
  end if;
  -- A leg that comes later than its entry would change what was posted: all legs of an entry must come in this one statement.
  -- New entries stand side by side, so one look along their stretch of the journal finds it.
  select min(entry_id), max(entry_id) into stretch from new_legs;
  select n.entry_id into bad from (select entry_id, count(*) as legs from new_legs group by entry_id) n
  join (select entry_id, count(*) as legs from ledger_leg where entry_id between stretch.min and stretch.max group by entry_id) a using (entry_id) where a.legs <> n.legs limit 1;
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
