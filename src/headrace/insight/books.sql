-- name: receivable_by_age
-- What customers owe, by how long it is past due; what has no due date is due at once. Read from the index of open invoices alone.
select e.code as entity, i.currency, count(*) as invoices, sum(i.open_minor)::bigint as open_minor,
    coalesce(sum(i.open_minor) filter (where i.late <= 0), 0)::bigint as current_minor, coalesce(sum(i.open_minor) filter (where i.late between 1 and 30), 0)::bigint as to_30_minor,
    coalesce(sum(i.open_minor) filter (where i.late between 31 and 60), 0)::bigint as to_60_minor, coalesce(sum(i.open_minor) filter (where i.late between 61 and 90), 0)::bigint as to_90_minor,
    coalesce(sum(i.open_minor) filter (where i.late > 90), 0)::bigint as over_90_minor
from (
    select entity_id, currency, total_minor - paid_minor as open_minor, %(today)s::date - coalesce(due_on, issued_on) as late from ledger_invoice where kind = 'invoice' and total_minor > paid_minor
) i join catalog_entity e on e.id = i.entity_id where %(entity)s::text is null or e.code = %(entity)s group by e.code, i.currency order by e.code, i.currency

-- name: balances_of
-- What the accounts of some roots hold now; credit balances negative.
select e.code as entity, s.currency, a.root, a.code as account, sum(s.debit_minor - s.credit_minor)::bigint as balance_minor
from ledger_account a join ledger_slice s on s.account_id = a.id join catalog_entity e on e.id = s.entity_id
where a.root = any(%(roots)s::text[]) and (%(entity)s::text is null or e.code = %(entity)s) group by e.code, s.currency, a.root, a.code having sum(s.debit_minor - s.credit_minor) <> 0 order by 1, 2, 3, 4

-- name: payouts_waiting_count
select count(*) filter (where p.state <> 'posted') as payouts, count(*) filter (where p.state <> 'posted' and hold = 'held') as held, coalesce(sum(l.unmatched), 0)::bigint as unmatched from ledger_payout p
cross join lateral (select count(*) as unmatched from ledger_payout_line where payout_id = p.id and payment_id is null and explanation_id is null and kind in ('charge', 'refund', 'chargeback', 'difference')) l
where p.state <> 'posted' or p.id in (select payout_id from ledger_payout_explanation where taken_back_at is not null)

-- name: tax_by_jurisdiction
-- What invoices and credit memos say is owed, by where, and what the books hold for the same days. Both are read from slices.
with documents as (
    select d.entity_id, d.currency, d.jurisdiction, coalesce(sum(d.documents) filter (where d.kind = 'invoice'), 0)::bigint as invoices, coalesce(sum(d.documents) filter (where d.kind = 'credit_memo'), 0)::bigint as memos,
        sum(case d.kind when 'invoice' then d.taxable_minor else -d.taxable_minor end)::bigint as taxable_minor, sum(case d.kind when 'invoice' then d.exempt_minor else -d.exempt_minor end)::bigint as exempt_minor,
        coalesce(sum(d.tax_minor) filter (where d.kind = 'invoice'), 0)::bigint as tax_minor, coalesce(sum(d.tax_minor) filter (where d.kind = 'credit_memo'), 0)::bigint as credited_minor,
        coalesce(sum(case d.kind when 'invoice' then d.tax_minor else -d.tax_minor end) filter (where coalesce((c.settings ->> 'marketplace_collects_tax')::boolean, false)), 0)::bigint as marketplace_minor
    from ledger_document_slice d left join catalog_channel c on c.code = d.channel_code where d.issued_on between %(first)s and %(last)s group by d.entity_id, d.currency, d.jurisdiction
),
booked as (
    select s.entity_id, s.currency, split_part(a.code, ':', 2) as jurisdiction, sum(s.credit_minor - s.debit_minor)::bigint as booked_minor
    from ledger_account a join ledger_slice s on s.account_id = a.id where a.root = 'tax_payable' and s.posted_on between %(first)s and %(last)s group by 1, 2, 3
)
select e.code as entity, t.currency, t.jurisdiction, coalesce(d.invoices, 0) as invoices, coalesce(d.memos, 0) as memos, coalesce(d.invoices, 0) + coalesce(d.memos, 0) as documents,
    coalesce(d.taxable_minor, 0) as taxable_minor, coalesce(d.exempt_minor, 0) as exempt_minor, coalesce(d.tax_minor, 0) as tax_minor, coalesce(d.credited_minor, 0) as credited_minor,
    coalesce(d.marketplace_minor, 0) as marketplace_minor, coalesce(d.tax_minor - d.credited_minor, 0) as owed_minor, coalesce(b.booked_minor, 0) as booked_minor,
    coalesce(d.tax_minor - d.credited_minor, 0) - coalesce(b.booked_minor, 0) as difference_minor, 'tax_payable:' || t.jurisdiction as account, r.rate as standard_rate
from (select entity_id, currency, jurisdiction from documents union select entity_id, currency, jurisdiction from booked) t join catalog_entity e on e.id = t.entity_id
left join documents d on (d.entity_id, d.currency, d.jurisdiction) = (t.entity_id, t.currency, t.jurisdiction) left join booked b on (b.entity_id, b.currency, b.jurisdiction) = (t.entity_id, t.currency, t.jurisdiction)
left join lateral (select max(k.rate) as rate from catalog_tax_rate k where k.jurisdiction = d.jurisdiction and k.tax_class = 'standard' and k.valid_from_on <= %(last)s and coalesce(k.valid_to_on, 'infinity') >= %(last)s) r on true
where (%(entity)s::text is null or e.code = %(entity)s) and (coalesce(d.invoices + d.memos, 0) > 0 or b.booked_minor <> 0) order by 1, 2, 3

-- name: tax_differences
-- Why the books hold another tax than the documents of these days: by rule, what was posted to the account that is no document of these days.
select e.code as entity, l.currency, split_part(a.code, ':', 2) as jurisdiction, n.rule, n.late_for_on is not null as late, -sum(l.amount_minor)::bigint as amount_minor, count(*) as entries
from ledger_account a join ledger_leg l on l.account_id = a.id join ledger_entry n on n.id = l.entry_id join catalog_entity e on e.id = n.entity_id
where a.code = any(%(accounts)s::text[]) and l.entry_id between %(low)s and %(high)s and n.posted_on between %(first)s and %(last)s and (n.rule not in ('INV-01', 'CREDIT-01') or n.late_for_on is not null)
group by 1, 2, 3, 4, 5 order by 1, 2, 3, 4

-- name: entries_between
-- The numbers between which the entries of these accounts (or of every account, where null) on these days lie.
select coalesce(min(s.first_entry_id), 0) as low, coalesce(max(s.last_entry_id), -1) as high from ledger_slice s
where s.posted_on between coalesce(%(first)s::date, '-infinity') and coalesce(%(last)s::date, 'infinity')
    and (%(account)s::text is null or s.account_id in (select id from ledger_account where code = %(account)s or root = %(account)s))

-- name: account_holdings
-- What an account (or all of a root) holds by entity and currency: before the first day, moved within, at the end of the last.
select e.code as entity, s.currency, coalesce(sum(s.debit_minor - s.credit_minor) filter (where s.posted_on < coalesce(%(first)s::date, '-infinity')), 0)::bigint as opening_minor,
    coalesce(sum(s.debit_minor) filter (where s.posted_on >= coalesce(%(first)s::date, '-infinity')), 0)::bigint as debit_minor,
    coalesce(sum(s.credit_minor) filter (where s.posted_on >= coalesce(%(first)s::date, '-infinity')), 0)::bigint as credit_minor, sum(s.debit_minor - s.credit_minor)::bigint as closing_minor
from ledger_slice s join ledger_account a on a.id = s.account_id join catalog_entity e on e.id = s.entity_id
where (a.code = %(account)s or a.root = %(account)s) and s.posted_on <= coalesce(%(last)s::date, 'infinity') and (%(entity)s::text is null or e.code = %(entity)s) group by e.code, s.currency order by 1, 2


-- name: rates
select r.id as cursor, r.from_currency, r.to_currency, r.on_day, r.rate, r.source from ledger_exchange_rate r where %(before)s::bigint is null or r.id < %(before)s order by r.id desc limit %(limit)s
