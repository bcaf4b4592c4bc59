-- name: apply_to_open_invoices
-- What an order holds that is not used yet pays its open invoices, the oldest first; the facts come from the same rows.
with held as (
    select p.order_id, coalesce(sum(case p.kind when 'captured' then p.amount_minor else -p.deposit_minor end) filter (where p.kind = 'refunded' or p.invoice_id is null), 0)
        - coalesce((select sum(a.amount_minor) from ledger_application a where a.order_id = p.order_id), 0) as left_minor
    from ledger_payment p where p.order_id = any(%(order_ids)s::bigint[]) and p.kind in ('captured', 'refunded') group by p.order_id
),
open_invoice as (
    select i.id, i.order_id, i.total_minor - i.paid_minor as due_minor, h.left_minor,
        coalesce(sum(i.total_minor - i.paid_minor) over (partition by i.order_id order by i.issued_at, i.number rows between unbounded preceding and 1 preceding), 0) as before_minor
    from held h join ledger_invoice i using (order_id) where i.kind = 'invoice' and i.total_minor > i.paid_minor and h.left_minor > 0
),
used as (
    select id, order_id, least(due_minor, left_minor - before_minor)::bigint as amount_minor from open_invoice where left_minor > before_minor
),
paid as (
    update ledger_invoice i set paid_minor = i.paid_minor + u.amount_minor, state = case when i.paid_minor + u.amount_minor = i.total_minor then 'captured' else i.state end
    from used u where i.id = u.id returning i.id
),
applied as (
    insert into ledger_application (order_id, invoice_id, amount_minor, at, batch_id) select order_id, id, amount_minor, %(as_of)s, %(batch_id)s from used order by id
    returning id, invoice_id, amount_minor
)
insert into fact_tray (rule, origin, origin_id, entity_id, posted_on, currency, channel, amount)
select 'PAY-03', 'application', a.id, i.entity_id, (%(as_of)s at time zone e.zone)::date, i.currency, i.channel_code, a.amount_minor
from applied a join ledger_invoice i on i.id = a.invoice_id join catalog_entity e on e.id = i.entity_id
