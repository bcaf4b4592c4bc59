-- name: hold_slices
select pg_advisory_xact_lock(4_711, 2)

-- name: fold_slices
-- Some fresh slices become one per account and day. Rows that another worker folds are left to it; sorted, so that two never wait for each other crosswise.
with taken as (
    delete from ledger_slice where id in (select id from ledger_slice where not folded order by id limit %(slices_max)s for update skip locked) returning *
),
summed as (
    select entity_id, account_id, currency, posted_on, sum(debit_minor) as debit_minor, sum(credit_minor) as credit_minor, sum(legs) as legs, min(first_entry_id) as first_entry_id, max(last_entry_id) as last_entry_id
    from taken group by entity_id, account_id, currency, posted_on order by entity_id, account_id, currency, posted_on
),
written as (
    insert into ledger_slice as s (entity_id, account_id, currency, posted_on, debit_minor, credit_minor, legs, first_entry_id, last_entry_id, folded) select *, true from summed
    on conflict (entity_id, account_id, currency, posted_on) where folded do update set debit_minor = s.debit_minor + excluded.debit_minor, credit_minor = s.credit_minor + excluded.credit_minor,
        legs = s.legs + excluded.legs, first_entry_id = least(s.first_entry_id, excluded.first_entry_id), last_entry_id = greatest(s.last_entry_id, excluded.last_entry_id)
    returning 1
)
select (select count(*) from taken) as taken, (select count(*) from written) as written

-- name: fold_document_slices
with taken as (
    delete from ledger_document_slice where id in (select id from ledger_document_slice where not folded order by id limit %(slices_max)s for update skip locked) returning *
),
summed as (
    select entity_id, channel_code, kind, currency, jurisdiction, issued_on, sum(documents) as documents, sum(taxable_minor) as taxable_minor, sum(exempt_minor) as exempt_minor, sum(tax_minor) as tax_minor
    from taken group by entity_id, channel_code, kind, currency, jurisdiction, issued_on order by entity_id, channel_code, kind, currency, jurisdiction, issued_on
),
written as (
    insert into ledger_document_slice as s (entity_id, channel_code, kind, currency, jurisdiction, issued_on, documents, taxable_minor, exempt_minor, tax_minor, folded) select *, true from summed
    on conflict (entity_id, channel_code, kind, currency, jurisdiction, issued_on) where folded do update set documents = s.documents + excluded.documents,
        taxable_minor = s.taxable_minor + excluded.taxable_minor, exempt_minor = s.exempt_minor + excluded.exempt_minor, tax_minor = s.tax_minor + excluded.tax_minor
    returning 1
)
select (select count(*) from taken) as taken, (select count(*) from written) as written
