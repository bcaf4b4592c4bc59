-- Slices: what the books hold, summed as it is posted. Each statement that inserts legs adds one row per account and business date of its own, so that no two
-- workers ever wait for the same row; a clock folds old rows into one per account and day. A balance is the sum of slices, and of nothing else.

-- No nested loop: the transition table has no index and no statistics, and a guess that goes wrong there costs seconds instead of milliseconds.
create or replace function ledger_slice_legs() returns trigger language plpgsql set enable_nestloop = off set plan_cache_mode = force_custom_plan as $$
declare stretch record;
begin
  select min(entry_id), max(entry_id) into stretch from new_legs;
  insert into ledger_slice (entity_id, account_id, currency, posted_on, debit_minor, credit_minor, legs, first_entry_id, last_entry_id)
  select e.entity_id, l.account_id, l.currency, e.posted_on, sum(greatest(l.amount_minor, 0)), sum(greatest(-l.amount_minor, 0)), count(*), min(e.id), max(e.id)
  from new_legs l join ledger_entry e on e.id = l.entry_id and e.id between stretch.min and stretch.max
  group by e.entity_id, l.account_id, l.currency, e.posted_on;
  return null;
end $$;

drop trigger if exists legs_sliced on ledger_leg;
create trigger legs_sliced after insert on ledger_leg referencing new table as new_legs for each statement execute function ledger_slice_legs();

-- Invoices and credit memos, for the tax summary: what was taxed and what was not, by where. A document whose tax is zero counts as exempt.
create or replace function ledger_slice_documents() returns trigger language plpgsql as $$
begin
  insert into ledger_document_slice (entity_id, channel_code, kind, currency, jurisdiction, issued_on, documents, taxable_minor, exempt_minor, tax_minor)
  select entity_id, channel_code, kind, currency, coalesce(tax_jurisdiction, 'none'), issued_on, count(*), coalesce(sum(total_minor - tax_minor) filter (where tax_minor <> 0), 0),
    coalesce(sum(total_minor) filter (where tax_minor = 0), 0), sum(tax_minor)
  from new_invoices group by entity_id, channel_code, kind, currency, coalesce(tax_jurisdiction, 'none'), issued_on;
  return null;
end $$;

drop trigger if exists documents_sliced on ledger_invoice;
create trigger documents_sliced after insert on ledger_invoice referencing new table as new_invoices for each statement execute function ledger_slice_documents();

-- All slices anew from the legs and documents: for what was posted before there were slices. Each is one statement, so that old slices and legs are seen as of the
-- same moment: what is posted meanwhile is seen by neither and keeps the slices of its own. Only folding has to wait.
create or replace function ledger_rebuild_slices() returns void language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(4_711, 2);
  with gone as (delete from ledger_slice returning 1)
  insert into ledger_slice (entity_id, account_id, currency, posted_on, debit_minor, credit_minor, legs, first_entry_id, last_entry_id, folded)
  select e.entity_id, l.account_id, l.currency, e.posted_on, sum(greatest(l.amount_minor, 0)), sum(greatest(-l.amount_minor, 0)), count(*), min(e.id), max(e.id), true
  from (select count(*) from gone) g, ledger_leg l join ledger_entry e on e.id = l.entry_id group by e.entity_id, l.account_id, l.currency, e.posted_on;
  with gone as (delete from ledger_document_slice returning 1)
  insert into ledger_document_slice (entity_id, channel_code, kind, currency, jurisdiction, issued_on, documents, taxable_minor, exempt_minor, tax_minor, folded)
  select entity_id, channel_code, kind, currency, coalesce(tax_jurisdiction, 'none'), issued_on, count(*), coalesce(sum(total_minor - tax_minor) filter (where tax_minor <> 0), 0),
    coalesce(sum(total_minor) filter (where tax_minor = 0), 0), sum(tax_minor), true
  from (select count(*) from gone) g, ledger_invoice group by entity_id, channel_code, kind, currency, coalesce(tax_jurisdiction, 'none'), issued_on;
end $$;
