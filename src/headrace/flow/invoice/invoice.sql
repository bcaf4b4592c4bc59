-- name: fill_invoice_lines
-- A line's part of this shipment is the cumulative share to date less the share invoiced before: parts always sum to the whole, and the last one takes the rest.
-- What the channel's tax differs from ours goes the same way, where validate kept it by line. With tax inside the prices, the tax comes out of the goods, so that goods - discount + tax is what the customer paid.
insert into invoice_line_tray (shipment_id, line_id, kind, item_class, qty_each, goods_minor, discount_minor, tax_minor, variance_minor)
with part as (
    select s.id as shipment_id, sl.line_id, sl.qty_each as qty,
        l.qty_invoiced_each + coalesce(sum(sl.qty_each) over (partition by sl.line_id order by s.id rows between unbounded preceding and 1 preceding), 0) as before,
        greatest(l.qty_ordered_each, 1) as whole, l.goods_minor, l.discount_minor, l.tax_minor,
        case when o.tax_minor <> o.tax_recomputed_minor then l.tax_minor - l.tax_recomputed_minor end as variance_minor, l.kind, coalesce(i.item_class, 'general') as item_class,
        o.prices_include_tax
    from orders_shipment s join orders_shipment_line sl on sl.shipment_id = s.id join orders_line l on l.id = sl.line_id join orders_order o on o.id = s.order_id
    left join catalog_item i on i.id = l.item_id
    where s.id = any(%(ids)s)
),
share as (
    select shipment_id, line_id, kind, item_class, qty, prices_include_tax,
        round(goods_minor::numeric * (before + qty) / whole)::bigint - round(goods_minor::numeric * before / whole)::bigint as goods,
        round(discount_minor::numeric * (before + qty) / whole)::bigint - round(discount_minor::numeric * before / whole)::bigint as discount,
        round(tax_minor::numeric * (before + qty) / whole)::bigint - round(tax_minor::numeric * before / whole)::bigint as tax,
        coalesce(round(variance_minor::numeric * (before + qty) / whole)::bigint - round(variance_minor::numeric * before / whole)::bigint, 0) as variance
    from part
)
select shipment_id, line_id, kind, item_class, qty, goods - case when prices_include_tax then tax else 0 end, discount, tax, variance from share

-- name: fill_charge_lines
-- Charges, services and gift cards have nothing to ship: they go on the order's first invoice, as far as they are not cancelled (decision 0015).
-- An order without anything to ship stands in the trays under minus its number. "Nothing invoiced yet" is asked of a sum, of which the server keeps
-- no statistics: where most orders are done, it would expect one such order, and look through all of them for each one.
insert into invoice_line_tray (shipment_id, line_id, kind, item_class, qty_each, goods_minor, discount_minor, tax_minor, variance_minor)
select first.id, l.id, l.kind, coalesce(i.item_class, 'general'), 0, k.goods - case when o.prices_include_tax then k.tax else 0 end, k.discount, k.tax, k.variance
from (
    (select distinct on (order_id) order_id, id from orders_shipment where id = any(%(shipment_ids)s::bigint[]) order by order_id, id)
    union all select u, -u from unnest(%(order_ids)s::bigint[]) u
) first
join orders_order o on o.id = first.order_id and o.qty_invoiced_each + abs(o.invoiced_minor) <= 0
join orders_line l on l.order_id = o.id and l.kind <> 'goods' and l.qty_cancelled_each < l.qty_ordered_each
left join catalog_item i on i.id = l.item_id
cross join lateral (select (l.qty_ordered_each - l.qty_cancelled_each)::numeric as qty, l.qty_ordered_each as whole) q
cross join lateral (select round(l.goods_minor * q.qty / q.whole)::bigint as goods, round(l.discount_minor * q.qty / q.whole)::bigint as discount,
    round(l.tax_minor * q.qty / q.whole)::bigint as tax,
    coalesce(round(case when o.tax_minor <> o.tax_recomputed_minor then l.tax_minor - l.tax_recomputed_minor end * q.qty / q.whole), 0)::bigint as variance) k

-- name: fill_invoices
-- Shipping goes on the order's first invoice, and what its tax differs by: the difference that no line explains. Numbers of rows are taken now, numbers for people last. An invoice is dated today, but where its
-- channel says `invoice_on: shipment` (an imported past) by the day on which the goods left, so that sale and cost fall on one day.
insert into invoice_tray (id, shipment_id, order_id, entity_id, channel, gateway, capture_policy, currency, goods_minor, discount_minor, shipping_minor, tax_minor, tax_variance_minor,
    tax_jurisdiction, issued_on, due_on, nth, captured_minor)
with line as (
    select shipment_id, sum(goods_minor)::bigint as goods, sum(discount_minor)::bigint as discount, sum(tax_minor)::bigint as tax, sum(variance_minor)::bigint as variance from invoice_line_tray group by shipment_id
),
mine as (
    select l.shipment_id as id, p.order_id, coalesce(s.shipped_at, %(as_of)s::timestamptz) as shipped_at, row_number() over (partition by p.order_id order by l.shipment_id) as nth,
        l.goods, l.discount, l.tax, l.variance
    from line l left join orders_shipment s on s.id = l.shipment_id cross join lateral (select coalesce(s.order_id, -l.shipment_id) as order_id) p
)
select nextval('ledger_invoice_id_seq'), m.id, m.order_id, o.entity_id, c.code, c.gateway, c.capture_policy, o.currency, m.goods, m.discount,
    case when f.is_first then o.shipping_minor - case when o.prices_include_tax then o.shipping_tax_minor else 0 end else 0 end,
    m.tax + case when f.is_first then o.shipping_tax_minor else 0 end,
    m.variance + case when f.is_first and o.tax_minor <> o.tax_recomputed_minor
        then o.tax_minor - o.tax_recomputed_minor - (select coalesce(sum(l.tax_minor - l.tax_recomputed_minor), 0) from orders_line l where l.order_id = o.id) else 0 end,
    coalesce(o.tax_jurisdiction, a.country, 'none'), d.issued_on,
    case when c.capture_policy = 'on_account' then d.issued_on + coalesce(p.terms_days, 0) end, m.nth, o.captured_minor
from mine m join orders_order o on o.id = m.order_id join catalog_channel c on c.id = o.channel_id
join catalog_entity e on e.id = o.entity_id left join catalog_party p on p.id = o.party_id left join orders_address a on a.order_id = o.id and a.kind = 'ship'
cross join lateral (select m.nth = 1 and o.qty_invoiced_each = 0 and o.invoiced_minor = 0 as is_first) f
cross join lateral (select (case c.settings ->> 'invoice_on' when 'shipment' then m.shipped_at else %(as_of)s::timestamptz end at time zone e.zone)::date as issued_on) d

-- name: orders_without_invoice
select u as id from unnest(%(ids)s::bigint[]) u where not exists (select from invoice_tray t where t.order_id = u) order by u

-- name: variances_too_large
-- Held, not posted: the channel's tax is kept, and finance says what to do.
select t.shipment_id as id, t.order_id, 'tax' as field, t.tax_minor as value, t.tax_minor - t.tax_variance_minor as expected, t.tax_variance_minor as variance_minor, t.currency
from invoice_tray t
where abs(t.tax_variance_minor) > greatest(%(minor_max)s, abs(t.tax_minor) * %(share_max)s::numeric)
    and not exists (select 1 from orders_waiver w where w.order_id = t.order_id and w.reason_code = any(%(waived)s::text[]))
