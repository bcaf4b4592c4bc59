-- name: make_register_trays
-- For the session, over many commits; a session that dies leaves nothing behind.
drop table if exists register_row_tray, register_document_tray;
create temp table register_row_tray (row_no bigint, document text, sku text, title text, price numeric, exact numeric, cells text);
create temp table register_document_tray (doc_no bigint primary key, document text, first_row bigint)

-- name: copy_register_rows
copy register_row_tray (row_no, document, sku, title, price, exact, cells) from stdin

-- name: index_register_rows
create index on register_row_tray (document);
analyze register_row_tray

-- name: lay_out_documents
-- In the order of their first rows, so that the past is told in its order.
insert into register_document_tray (doc_no, document, first_row)
select row_number() over (order by min(row_no)), document, min(row_no) from register_row_tray group by document

-- name: items_of_register
-- Each SKU once: the name from its first priced row, and the price in the middle of all its prices.
with priced as (
    select sku, percentile_disc(0.5) within group (order by price) as middle_price from register_row_tray where price > 0 group by sku
),
named as (
    select distinct on (sku) sku, title from register_row_tray where title <> '' order by sku, price > 0 desc nulls last, row_no
),
known as (
    select distinct sku from register_row_tray where sku <> ''
)
select k.sku, coalesce(n.title, k.sku) as name, p.middle_price from known k left join priced p using (sku) left join named n using (sku) order by k.sku

-- name: documents_of_part
-- Documents of the part that this file has not brought in before. What could not be read then is read again.
select d.document, d.first_row, array_agg(r.cells order by r.row_no) as cells, array_agg(r.exact order by r.row_no) as exacts
from register_document_tray d join register_row_tray r using (document)
where d.doc_no between %(first)s and %(last)s
    and not exists (select 1 from ledger_import_row i where i.source = %(source)s and i.document = d.document and i.became <> 'parked')
group by d.doc_no, d.document, d.first_row order by d.doc_no

-- name: account
-- What became of a file's rows: by the word they were given, or parked where their message is. Booked is what the books hold, not what was planned.
with row_group as (
    select r.document, r.became, r.rows, r.exact_sum, r.booked_minor, r.currency, m.id as message_id, m.kind, m.state, m.document_id, m.partner as channel,
        row_number() over (partition by m.id, r.became order by r.id) > 1 as is_repeated
    from ledger_import_row r join engine_inbox m on m.id = r.inbox_id where r.source = %(source)s
),
standing as (
    select g.*, case when g.became = 'parked' or g.state = 'parked' then 'parked' when g.state = 'received' then 'waiting'
        when g.is_repeated then 'duplicate' when g.kind = 'order' and o.inbox_id is distinct from g.message_id then 'superseded' else g.became end as now_is
    from row_group g left join orders_order o on g.kind = 'order' and o.id = g.document_id
),
order_line as (
    select order_id as document_id, case when kind = 'goods' then 'order_line' else 'charge' end as became, goods_minor as minor from orders_line
    where order_id in (select document_id from row_group where kind = 'order')
),
sold as (
    select document_id, became, sum(minor) as minor from order_line group by 1, 2
    union all
    select document_id, 'order', sum(minor) from order_line group by 1
),
billed as (
    select l.invoice_id as document_id, case when i.kind = 'invoice' then 'charge' when l.kind = 'goods' then 'credit' else 'credit_charge' end as became,
        sum(case i.kind when 'invoice' then l.goods_minor else -l.goods_minor end) as minor
    from ledger_invoice_line l join ledger_invoice i on i.id = l.invoice_id
    where l.invoice_id in (select document_id from row_group where became in ('charge', 'credit', 'credit_charge') and kind <> 'order') group by 1, 2
),
corrected as (
    select source as channel, split_part(external_ref, '/', 1) as document, sum(value_minor) as minor from stock_adjustment
    where source in (select channel from row_group) group by 1, 2
),
booked as (
    select s.now_is, s.currency, s.rows, s.exact_sum, s.booked_minor, case
        when s.now_is in ('parked', 'waiting', 'superseded', 'duplicate') then null
        when s.now_is = 'stock_adjustment' then coalesce(a.minor, 0)
        when s.now_is = 'bad_debt' then coalesce(-w.amount_minor, 0)
        when s.kind = 'order' then coalesce(o.minor, 0)
        else coalesce(b.minor, 0) end as minor
    from standing s
    left join sold o on s.kind = 'order' and o.document_id = s.document_id and o.became = s.became
    left join billed b on s.kind <> 'order' and b.document_id = s.document_id and b.became = s.became
    left join corrected a on s.became = 'stock_adjustment' and a.channel = s.channel and a.document = s.document
    left join ledger_write_off w on s.became = 'bad_debt' and w.id = s.document_id
)
select now_is as became, currency, sum(rows)::bigint as rows, sum(exact_sum) as exact_sum, coalesce(sum(minor), 0)::bigint as booked_minor,
    coalesce(sum(exact_sum) filter (where minor is null), 0) as kept_sum, coalesce(sum(booked_minor) filter (where minor is not null), 0)::bigint as planned_minor,
    coalesce(sum(exact_sum) filter (where minor is not null), 0) as planned_sum
from booked group by now_is, currency order by now_is, currency

-- name: waiting_messages
select distinct m.kind, m.id from ledger_import_row r join engine_inbox m on m.id = r.inbox_id and m.state = 'received' where r.source = %(source)s order by m.kind, m.id

-- name: orders_by_status
-- Where the orders of a file stand, in the words that people see.
select o.status, count(*) as orders from orders_order o where o.id in (
    select m.document_id from ledger_import_row r join engine_inbox m on m.id = r.inbox_id and m.kind = 'order' and m.state = 'done' where r.source = %(source)s)
group by o.status order by o.status

-- name: why_parked
select c.reason_code, c.detail ->> 'field' as field, c.detail ->> 'value' as value, c.detail ->> 'fix' as fix, r.document, sum(r.exact_sum) as worth
from ledger_import_row r join engine_inbox m on m.id = r.inbox_id and m.state = 'parked' join exception_queue_case c on c.document = 'inbox' and c.document_id = m.id and c.state <> 'resolved'
where r.source = %(source)s group by c.id, r.document order by c.id limit %(limit)s

-- name: to_pay_out
-- What the till took and gave back and nobody has explained yet, by the month in which it did.
select date_trunc('month', p.at at time zone e.zone)::date as month_on, p.external_ref, p.kind, p.amount_minor, p.currency
from ledger_payment p join catalog_channel c on c.gateway = p.gateway and c.code = %(channel)s join catalog_entity e on e.id = c.entity_id
where p.gateway = %(gateway)s and p.payout_id is null and p.kind in ('captured', 'refunded')
    and not exists (select 1 from ledger_payout_line l join ledger_payout o on o.id = l.payout_id where o.partner = p.gateway and l.external_ref = p.external_ref)
    and exists (select 1 from ledger_invoice i where (i.id = p.invoice_id or i.order_id = p.order_id) and i.state = 'captured')
order by 1, p.id

-- name: moment
select transaction_timestamp() as at
