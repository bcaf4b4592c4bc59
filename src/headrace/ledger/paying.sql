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

-- name: deposit_facts
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, gateway, amount)
select 'PAY-02', 'payment', p.id, o.entity_id, (p.at at time zone e.zone)::date, p.currency, c.code, p.gateway, p.amount_minor
from ledger_payment p join orders_order o on o.id = p.order_id join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id
where p.id = any(%(payment_ids)s::bigint[]) and p.amount_minor > 0

-- name: refund_facts
-- A deposit is what was taken for the order as such, less what invoices have used of it and what was given back of it. Refunds take it in their order.
with refund as (
    select p.id, p.order_id, p.gateway, p.at, p.currency, p.amount_minor, p.invoice_id is null as is_of_order,
        coalesce(sum(p.amount_minor) filter (where p.invoice_id is null) over (partition by p.order_id order by p.id rows between unbounded preceding and 1 preceding), 0) as before_minor
    from ledger_payment p where p.id = any(%(payment_ids)s::bigint[]) and p.amount_minor > 0
),
split as (
    select r.*, case when r.is_of_order then greatest(least(r.amount_minor, t.taken_minor - u.used_minor - r.before_minor), 0) else 0 end::bigint as deposit_minor
    from refund r
    cross join lateral (select coalesce(sum(case p.kind when 'captured' then p.amount_minor else -p.deposit_minor end), 0) as taken_minor
        from ledger_payment p where p.order_id = r.order_id and (p.kind = 'captured' and p.invoice_id is null or p.kind = 'refunded')) t
    cross join lateral (select coalesce(sum(a.amount_minor), 0) as used_minor from ledger_application a where a.order_id = r.order_id) u
),
noted as (
    update ledger_payment p set deposit_minor = s.deposit_minor from split s where p.id = s.id and s.deposit_minor > 0
)
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, gateway, amount)
select part.rule, 'payment', s.id, o.entity_id, (s.at at time zone e.zone)::date, s.currency, c.code, s.gateway, part.amount_minor
from split s cross join lateral (values ('REFUND-02', s.deposit_minor), ('REFUND-01', s.amount_minor - s.deposit_minor)) part(rule, amount_minor)
join orders_order o on o.id = s.order_id join catalog_channel c on c.id = o.channel_id join catalog_entity e on e.id = o.entity_id where part.amount_minor > 0

-- name: taken_before
select p.gateway, p.external_ref from unnest(%(gateways)s::text[], %(refs)s::text[]) k(gateway, ref)
join ledger_payment p on p.gateway = k.gateway and p.external_ref = k.ref and p.kind = 'captured'
