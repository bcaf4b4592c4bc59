-- name: make_payment_tray
create temp table if not exists payment_tray (
    order_id bigint, kind text, gateway text, external_ref text, amount_minor bigint, currency text, at timestamptz, expires_at timestamptz, invoice_id bigint
) on commit delete rows

-- name: copy_payments
copy payment_tray (order_id, kind, gateway, external_ref, amount_minor, currency, at, expires_at) from stdin

-- name: record_payments
-- Exactly once per gateway, key and kind; a repeat is no row.
with written as (
    insert into ledger_payment (order_id, kind, gateway, external_ref, amount_minor, currency, at, expires_at, invoice_id, batch_id)
    select order_id, kind, gateway, external_ref, amount_minor, currency, at, expires_at, invoice_id, %(batch_id)s from payment_tray order by gateway, external_ref, kind
    on conflict (gateway, external_ref, kind) do nothing returning id, order_id, kind, amount_minor, invoice_id
),
emptied as (
    delete from payment_tray
)
select id, order_id, kind, amount_minor, invoice_id from written

-- name: sums_of_orders
select order_id, kind, sum(amount_minor)::bigint as amount_minor from ledger_payment where order_id = any(%(order_ids)s::bigint[]) group by order_id, kind

-- name: payments_of_others
-- Payments that these orders name and another order has.
select v.order_id, p.gateway, p.external_ref, p.order_id as belongs_to
from unnest(%(order_ids)s::bigint[], %(kinds)s::text[], %(gateways)s::text[], %(refs)s::text[]) v(order_id, kind, gateway, external_ref)
join ledger_payment p on p.gateway = v.gateway and p.external_ref = v.external_ref and p.kind = v.kind and p.order_id <> v.order_id order by 1, 2, 3

-- name: money_facts
-- Money that came with the order, before any invoice, and money that went back.
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, gateway, amount)
select case p.kind when 'refunded' then 'REFUND-01' else 'PAY-02' end, 'payment', p.id, o.entity_id, (p.at at time zone e.zone)::date, p.currency, c.code, p.gateway, p.amount_minor
from ledger_payment p join orders_order o on o.id = p.order_id join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id
where p.id = any(%(payment_ids)s::bigint[]) and p.amount_minor > 0
