-- name: known_bills
select external_ref from ledger_invoice where channel_code = %(channel_code)s and kind = %(kind)s and external_ref = any(%(refs)s::text[])

-- name: make_bill_trays
create temp table if not exists bill_tray (
    n int, kind text, external_ref text, channel text, entity_id bigint, gateway text, currency text, total_minor bigint, at timestamptz, id bigint, issued_on date
) on commit delete rows;
create temp table if not exists bill_line_tray (
    n int, line_no int, kind text, item_class text, description text, qty_each bigint, goods_minor bigint
) on commit delete rows

-- name: copy_bills
copy bill_tray (n, kind, external_ref, channel, entity_id, gateway, currency, total_minor, at) from stdin

-- name: copy_bill_lines
copy bill_line_tray (n, line_no, kind, item_class, description, qty_each, goods_minor) from stdin

-- name: take_bill_ids
-- Numbers of rows now, numbers for people last; the business date is the entity's.
update bill_tray t set id = nextval('ledger_invoice_id_seq'), issued_on = (t.at at time zone e.zone)::date from catalog_entity e where e.id = t.entity_id

-- name: bill_facts
-- What is owed once per bill; goods and charges by class, gift cards apart. CREDIT-01 turns the same facts round.
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, item_class, gross, net, amount)
select case kind when 'invoice' then 'INV-01' else 'CREDIT-01' end, kind, id, entity_id, issued_on, currency, channel, null::text, total_minor, 0, 0 from bill_tray
union all
select case t.kind when 'invoice' then 'INV-01' else 'CREDIT-01' end, t.kind, t.id, t.entity_id, t.issued_on, t.currency, t.channel, l.item_class, 0, coalesce(sum(l.goods_minor) filter (where l.kind <> 'gift_card'), 0)::bigint,
    coalesce(sum(l.goods_minor) filter (where l.kind = 'gift_card'), 0)::bigint
from bill_tray t join bill_line_tray l using (n) group by t.kind, t.id, t.entity_id, t.issued_on, t.currency, t.channel, l.item_class

-- name: move_money_of_bills
-- Money that was taken or given back with the bill: a payment, and its entry.
with moved as (
    insert into ledger_payment (invoice_id, kind, gateway, external_ref, amount_minor, currency, at, batch_id)
    select id, case kind when 'invoice' then 'captured' else 'refunded' end, gateway, channel || ':' || external_ref, total_minor, currency, at, %(batch_id)s
    from bill_tray where gateway is not null and total_minor > 0 order by n
    returning id, invoice_id, kind, gateway, amount_minor
)
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, gateway, amount)
select case m.kind when 'captured' then 'PAY-01' else 'REFUND-01' end, 'payment', m.id, t.entity_id, t.issued_on, t.currency, t.channel, m.gateway, m.amount_minor
from moved m join bill_tray t on t.id = m.invoice_id

-- name: write_bill_lines
insert into ledger_invoice_line (invoice_id, kind, item_class, description, qty_each, goods_minor)
select t.id, l.kind, l.item_class, l.description, l.qty_each, l.goods_minor from bill_line_tray l join bill_tray t using (n) order by l.n, l.line_no

-- name: issue_bills
-- Locks the series, raises them by what is needed, and uses every number: no gap can come to be.
with wanted as (
    select entity_id, case kind when 'invoice' then 'INV' else 'CRN' end as series, count(*) as bills from bill_tray group by 1, 2
),
raised as (
    insert into ledger_number_series (entity_id, series, last) select entity_id, series, bills from wanted order by entity_id, series
    on conflict (entity_id, series) do update set last = ledger_number_series.last + excluded.last returning entity_id, series, last
),
issued as (
    insert into ledger_invoice (id, entity_id, kind, series, number, origin, external_ref, channel_code, state, currency, goods_minor, tax_minor, total_minor, paid_minor, issued_on, issued_at)
    select t.id, t.entity_id, t.kind, r.series, r.last - w.bills + row_number() over (partition by t.entity_id, r.series order by t.n), 'import', t.external_ref, t.channel,
        case when t.total_minor = 0 then 'settled' when t.gateway is not null then 'captured' else 'issued' end, t.currency, t.total_minor, 0, t.total_minor,
        case when t.gateway is not null then t.total_minor else 0 end, t.issued_on, t.at
    from bill_tray t join wanted w on w.entity_id = t.entity_id and w.series = case t.kind when 'invoice' then 'INV' else 'CRN' end
    join raised r on r.entity_id = w.entity_id and r.series = w.series
    returning id
)
select t.id from bill_tray t join issued i using (id) order by t.n

-- name: empty_bill_trays
with b as (delete from bill_tray) delete from bill_line_tray

-- name: return_facts
-- Moves are found by their number: only those from the batch's first on can be meant.
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, node, cost)
select 'STOCK-04', 'credit_memo', i.id, n.entity_id, i.issued_on, e.currency, i.channel_code, n.code, sum(m.cost_minor)::bigint
from ledger_invoice i join stock_move m on m.id >= %(first_move_id)s and m.origin = 'credit_memo' and m.origin_id = i.id and m.kind = 'return'
join catalog_node n on n.id = m.node_id join catalog_entity e on e.id = n.entity_id
where i.id = any(%(memo_ids)s::bigint[]) group by i.id, n.entity_id, i.issued_on, e.currency, i.channel_code, n.code having sum(m.cost_minor) <> 0

-- name: adjustment_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, node, reason, cost)
select 'STOCK-03', 'adjustment', a.id, n.entity_id, (a.made_at at time zone e.zone)::date, e.currency, n.code, a.reason, sum(m.cost_minor)::bigint
from stock_adjustment a join stock_move m on m.id >= %(first_move_id)s and m.origin = 'adjustment' and m.origin_id = a.id and m.kind = 'adjust'
join catalog_node n on n.id = m.node_id join catalog_entity e on e.id = n.entity_id
where a.id = any(%(adjustment_ids)s::bigint[]) group by a.id, n.entity_id, e.zone, e.currency, n.code having sum(m.cost_minor) <> 0

-- name: write_off
insert into ledger_write_off (entity_id, channel_code, external_ref, amount_minor, currency, why, written_on, batch_id)
select w.entity_id, w.channel, w.ref, w.amount, w.currency, w.why, (w.at at time zone e.zone)::date, %(batch_id)s
from unnest(%(refs)s::text[], %(channels)s::text[], %(entity_ids)s::bigint[], %(amounts)s::bigint[], %(currencies)s::text[], %(whys)s::text[], %(moments)s::timestamptz[])
    with ordinality w(ref, channel, entity_id, amount, currency, why, at, n) join catalog_entity e on e.id = w.entity_id order by w.n
on conflict (channel_code, external_ref) do nothing returning id, channel_code, external_ref

-- name: write_off_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, amount)
select 'BADDEBT-01', 'write_off', id, entity_id, written_on, currency, channel_code, amount_minor from ledger_write_off where id = any(%(write_off_ids)s::bigint[]) and amount_minor <> 0
