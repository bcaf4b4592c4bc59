-- name: make_import_tray
create temp table if not exists import_tray (document text, inbox_id bigint, became text, n_rows bigint, exact_sum numeric, booked_minor bigint, currency text) on commit delete rows

-- name: copy_import_rows
copy import_tray (document, inbox_id, became, n_rows, exact_sum, booked_minor, currency) from stdin

-- name: forget_parked_rows
delete from ledger_import_row r using import_tray t where r.source = %(source)s and r.document = t.document and r.became = 'parked'

-- name: record_import_rows
with written as (
    insert into ledger_import_row (source, document, became, rows, exact_sum, booked_minor, currency, inbox_id)
    select %(source)s, document, became, sum(n_rows), sum(exact_sum), sum(booked_minor), min(currency), min(inbox_id) from import_tray group by document, became
    on conflict (source, document, became) do nothing returning 1
),
emptied as (
    delete from import_tray
)
select count(*) as groups from written
