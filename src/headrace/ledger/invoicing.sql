-- name: make_invoice_trays
create temp table if not exists invoice_tray (
    id bigint, shipment_id bigint, order_id bigint, entity_id bigint, channel text, gateway text, capture_policy text, currency text, goods_minor bigint, discount_minor bigint,
    shipping_minor bigint, tax_minor bigint, tax_variance_minor bigint, tax_jurisdiction text, issued_on date, due_on date, nth bigint, captured_minor bigint,
    paid_minor bigint default 0
) on commit delete rows;
create temp table if not exists invoice_line_tray (
    shipment_id bigint, line_id bigint, kind text, item_class text, qty_each int, goods_minor bigint, discount_minor bigint, tax_minor bigint, variance_minor bigint
) on commit delete rows

-- name: drop_from_trays
with i as (delete from invoice_tray where shipment_id = any(%(shipment_ids)s::bigint[])) delete from invoice_line_tray where shipment_id = any(%(shipment_ids)s::bigint[])

-- name: apply_deposits
-- Money that came before pays the invoices in their order, as far as it goes.
with due as (
    select t.id, t.order_id, t.goods_minor - t.discount_minor + t.shipping_minor + t.tax_minor as total,
        t.captured_minor - coalesce((select sum(a.amount_minor) from ledger_application a where a.order_id = t.order_id), 0)
            - coalesce((select sum(case p.kind when 'captured' then p.amount_minor else p.deposit_minor end) from ledger_payment p
                where p.order_id = t.order_id and (p.kind = 'captured' and p.invoice_id is not null or p.kind = 'refunded')), 0)
            - coalesce(sum(t.goods_minor - t.discount_minor + t.shipping_minor + t.tax_minor) over (partition by t.order_id order by t.nth rows between unbounded preceding and 1 preceding), 0)
            as deposit
    from invoice_tray t where t.captured_minor > 0
),
used as (
    update invoice_tray t set paid_minor = least(d.deposit, d.total) from due d where t.id = d.id and d.deposit > 0 and d.total > 0 returning t.id, t.order_id, t.paid_minor
)
insert into ledger_application (order_id, invoice_id, amount_minor, at, batch_id) select order_id, id, paid_minor, %(as_of)s, %(batch_id)s from used

-- name: invoice_facts
-- Goods by item class; gift cards, tips, duties and fees apart; discount, shipping, tax and what is owed once per invoice.
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, item_class, jurisdiction, gross, net, amount, shipping, tax, discount, tip, duty, charge)
select 'INV-01', 'invoice', id, entity_id, issued_on, currency, channel, null, tax_jurisdiction, goods_minor - discount_minor + shipping_minor + tax_minor, 0, 0, shipping_minor, tax_minor, discount_minor,
    0, 0, 0
from invoice_tray
union all
select 'INV-01', 'invoice', t.id, t.entity_id, t.issued_on, t.currency, t.channel, l.item_class, null, 0, coalesce(sum(l.goods_minor) filter (where p.part is null), 0)::bigint,
    coalesce(sum(l.goods_minor) filter (where p.part = 'gift_card'), 0)::bigint, 0, 0, 0, coalesce(sum(l.goods_minor) filter (where p.part = 'tips'), 0)::bigint,
    coalesce(sum(l.goods_minor) filter (where p.part = 'duties'), 0)::bigint, coalesce(sum(l.goods_minor) filter (where p.part = 'fees'), 0)::bigint
from invoice_tray t join invoice_line_tray l using (shipment_id)
cross join lateral (select case when l.kind = 'gift_card' then l.kind when l.kind = 'charge' and l.item_class in ('tips', 'duties', 'fees') then l.item_class end as part) p
group by t.id, t.entity_id, t.issued_on, t.currency, t.channel, l.item_class

-- name: variance_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, jurisdiction, variance)
select 'TAXVAR-01', 'invoice', id, entity_id, issued_on, currency, channel, tax_jurisdiction, tax_variance_minor from invoice_tray where tax_variance_minor <> 0

-- name: deposit_facts_applied
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, amount)
select 'PAY-03', 'invoice', id, entity_id, issued_on, currency, channel, paid_minor from invoice_tray where paid_minor > 0

-- name: fill_capture_requests
insert into outbox_tray (partner, kind, record_key, idempotency_key, body)
select t.gateway, 'payment.capture', 'order:' || t.order_id, 'invoice:' || t.id || ':capture',
    jsonb_build_object('reference', 'invoice:' || t.id, 'order', o.number, 'authorisation', (select p.external_ref from ledger_payment p where p.order_id = t.order_id and p.kind = 'authorised'
        order by p.id desc limit 1), 'amount_minor', t.goods_minor - t.discount_minor + t.shipping_minor + t.tax_minor - t.paid_minor, 'currency', t.currency)
from invoice_tray t join orders_order o on o.id = t.order_id
where t.capture_policy = 'on_shipment' and t.gateway is not null and t.goods_minor - t.discount_minor + t.shipping_minor + t.tax_minor > t.paid_minor

-- name: write_invoice_lines
insert into ledger_invoice_line (invoice_id, line_id, kind, item_class, qty_each, goods_minor, discount_minor, tax_minor)
select t.id, l.line_id, l.kind, l.item_class, l.qty_each, l.goods_minor, l.discount_minor, l.tax_minor from invoice_line_tray l join invoice_tray t using (shipment_id)

-- name: issue_invoices
-- Locks the series, raises it by what is needed, and uses every number: no gap can come to be. Where nothing is owed, no money has to be explained.
with wanted as (
    select entity_id, count(*) as n from invoice_tray group by entity_id
),
raised as (
    insert into ledger_number_series (entity_id, series, last) select entity_id, 'INV', n from wanted order by entity_id
    on conflict (entity_id, series) do update set last = ledger_number_series.last + excluded.last returning entity_id, last
)
insert into ledger_invoice (id, entity_id, kind, series, number, order_id, shipment_id, origin, channel_code, state, currency, goods_minor, discount_minor, shipping_minor, tax_minor,
    total_minor, tax_variance_minor, tax_jurisdiction, paid_minor, issued_on, issued_at, due_on)
select t.id, t.entity_id, 'invoice', 'INV', r.last - w.n + row_number() over (partition by t.entity_id order by t.shipment_id), t.order_id,
    case when t.shipment_id > 0 then t.shipment_id end, case when t.shipment_id > 0 then 'shipment' else 'order' end, t.channel,
    case when a.total = 0 then 'settled' when t.paid_minor = a.total then 'captured' when t.capture_policy = 'on_account' then 'on_account' else 'issued' end,
    t.currency, t.goods_minor, t.discount_minor, t.shipping_minor, t.tax_minor, a.total, t.tax_variance_minor, t.tax_jurisdiction, t.paid_minor, t.issued_on, %(as_of)s, t.due_on
from invoice_tray t join raised r using (entity_id) join wanted w using (entity_id)
cross join lateral (select t.goods_minor - t.discount_minor + t.shipping_minor + t.tax_minor as total) a

-- name: tray_size
select count(*) as invoices, count(*) filter (where captured_minor > 0) as prepaid, count(*) filter (where tax_variance_minor <> 0) as varied,
    count(*) filter (where capture_policy = 'on_shipment' and gateway is not null) as to_capture from invoice_tray

-- name: empty_invoice_trays
-- They empty themselves at commit; a second batch in one transaction (a deed on one order, a test) starts clean, too.
with i as (delete from invoice_tray) delete from invoice_line_tray
