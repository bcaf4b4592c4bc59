-- The checks. Each query gives failures as rows: order_id, line_id, word of the check, field, value, expected, the same in minor units where they are
-- money, and a subject (SKU, code) for the sentence. A batch in which all is well gives none.

-- name: customer_failures
-- Address, fraud verdict, customer.
select order_id, null::bigint as line_id, 'address.missing' as word, 'ship_to' as field, null::text as value, null::text as expected, null::bigint as value_minor,
    null::bigint as expected_minor, null::text as subject
from validate_order v join validate_sum s using (order_id) where s.has_goods and not v.has_address
union all
select order_id, null, 'address.restricted', 'country', case when country = any(%(restricted)s::text[]) then country else country || '-' || region end, null, null, null, null
from validate_order where country = any(%(restricted)s::text[]) or country || '-' || region = any(%(restricted)s::text[])
union all
select order_id, null, 'fraud.missing', 'fraud_verdict', null, 'accept', null, null, null from validate_order where needs_verdict and verdict is null
union all
select order_id, null, case verdict when 'review' then 'fraud.review' else 'fraud.rejected' end, 'fraud_verdict', verdict, 'accept', null, null, null
from validate_order where verdict in ('review', 'reject')
union all
select order_id, null, 'customer.blocked', 'segment', segment, null, null, null, null from validate_order where segment = any(%(blocked_segments)s::text[])
union all
select order_id, null, 'customer.segment', 'segment', v.segment, served.segments, null, null, null
from validate_order v join jsonb_to_recordset(%(served_segments)s::jsonb) as served(channel_id bigint, segments text) using (channel_id)
where not coalesce(v.segment, 'retail') = any(string_to_array(served.segments, ', '))

-- name: money_failures
-- Payment, value, tax and totals.
with facts as materialized (
    select order_id, v.currency, v.capture_policy, v.captured_minor, v.expires_at, v.segment, v.goods_minor, v.discount_minor, v.tax_minor, v.total_minor, v.country, v.region,
        v.home_country, v.jurisdiction, v.channel_taxes, s.n_lines, s.goods_minor as lines_goods, s.discount_minor as lines_discount,
        s.tax_minor + v.shipping_tax_minor as lines_tax, s.recomputed_minor, s.is_unrated, v.goods_minor - v.discount_minor + v.shipping_minor + case when v.includes_tax then 0 else v.tax_minor end as parts_minor,
        case v.capture_policy when 'at_sale' then v.captured_minor when 'on_shipment' then v.paid_minor end as held_minor
    from validate_order v join validate_sum s using (order_id)
)
select order_id, null::bigint as line_id, 'payment.short' as word, 'payment' as field, null::text as value, null::text as expected, held_minor as value_minor,
    total_minor as expected_minor, null::text as subject
from facts where held_minor < total_minor
union all
select order_id, null, 'payment.expired', 'payment_expires_at', expires_at::text, null, null, null, null
from facts where capture_policy = 'on_shipment' and expires_at <= %(as_of)s and captured_minor < total_minor
union all
select order_id, null, 'payment.over', 'payment', null, null, captured_minor, total_minor, null from facts where captured_minor > greatest(total_minor, 0)
union all
select order_id, null, 'order.high_value', 'total', null, null, total_minor, (%(high_value)s::jsonb ->> currency)::bigint, null
from facts where total_minor >= (%(high_value)s::jsonb ->> currency)::bigint and not coalesce(segment = any(%(trusted_segments)s::text[]), false)
union all
select order_id, null, 'tax.jurisdiction', 'ship_to', coalesce(country || coalesce('-' || region, ''), home_country), null, null, null, null
from facts where (is_unrated or jurisdiction is null and tax_minor <> 0) and not channel_taxes -- gift cards alone are taxed nowhere
union all
select order_id, null, 'tax.variance', 'tax', null, null, tax_minor, recomputed_minor, jurisdiction
from facts
where jurisdiction is not null and not is_unrated and not channel_taxes
    and tax_minor <> recomputed_minor and abs(tax_minor - recomputed_minor) > greatest(%(tax_minor_per_line)s::int * (n_lines + 1), recomputed_minor * %(tax_percent)s::numeric / 100)
union all
select order_id, null, 'total.lines', part.field, null, null, part.said, part.summed, null
from facts cross join lateral (values ('goods', goods_minor, lines_goods), ('discount', discount_minor, lines_discount), ('tax', tax_minor, lines_tax))
    as part(field, said, summed)
where (goods_minor <> lines_goods or discount_minor <> lines_discount or tax_minor <> lines_tax) and abs(part.said - part.summed) > %(total_minor)s::int
union all
select order_id, null, 'total.foot', 'total', null, null, total_minor, parts_minor, null from facts where abs(total_minor - parts_minor) > %(total_minor)s::int

-- name: line_failures
-- SKU and quantity. A line that is wholly cancelled is not looked at.
with living as not materialized (
    select * from validate_line where qty_each <> 0
)
select order_id, line_id, 'sku.unknown' as word, 'sku' as field, sku as value, null::text as expected, null::bigint as value_minor, null::bigint as expected_minor, sku as subject
from living where item_id is null and kind in ('goods', 'gift_card')
union all
select order_id, line_id, 'sku.inactive', 'sku', sku, item_state, null, null, sku from living where item_state <> 'active'
union all
select order_id, line_id, 'sku.not_listed', 'sku', sku, null, null, null, sku from living where not is_listed
union all
select order_id, line_id, 'sku.barred', 'sku', sku, country, null, null, sku from living join validate_order using (order_id) where is_barred
union all
select order_id, line_id, 'sku.regulated', 'sku', sku, item_class, null, null, sku
from living join validate_order using (order_id)
where item_class = any(%(regulated_classes)s::text[]) and not coalesce((%(regulated)s::jsonb -> item_class) ? country, false)
union all
select order_id, line_id, 'line.unsound', 'qty', sku, qty_each || ' pieces', null, null, sku from living where qty_each < 0
union all
select order_id, line_id, 'line.unsound', 'unit_price', sku, 'price ' || unit_price, null, null, sku from living where unit_price < 0 and kind in ('goods', 'gift_card')
union all
select order_id, line_id, 'line.unsound', 'discount', sku, 'more discount than price', null, null, sku from living where discount_minor > goods_minor and goods_minor >= 0
union all
select order_id, line_id, 'quantity.unusual', 'qty', qty_each::text, %(qty_max)s::int::text, null, null, sku from living where qty_each > %(qty_max)s::int and kind = 'goods'

-- name: price_failures
-- Many lines ask for the same thing at the same price: each such offer is looked up once, and only what differs is brought back to its lines.
with offer as materialized (
    select distinct price_list_id, item_id, qty_ordered_each, pack_each, placed_on, unit_price from validate_line where price_list_id is not null and qty_each <> 0
),
off_list as materialized (
    select o.*, listed.unit_price * o.pack_each as list_price
    from offer o left join lateral (
        select p.unit_price from catalog_price p
        where p.price_list_id = o.price_list_id and p.item_id = o.item_id and p.from_qty_each <= o.qty_ordered_each
            and p.valid_from_on <= o.placed_on and (p.valid_to_on is null or p.valid_to_on >= o.placed_on)
        order by p.from_qty_each desc, p.valid_from_on desc limit 1
    ) listed on true
    where o.unit_price is distinct from listed.unit_price * o.pack_each
),
line as (
    select l.order_id, l.line_id, l.sku, o.list_price, headrace_round_minor(l.unit_price, v.currency) as unit_minor, headrace_round_minor(o.list_price, v.currency) as list_minor
    from off_list o
    join validate_line l using (price_list_id, item_id, qty_ordered_each, pack_each, placed_on, unit_price)
    join validate_order v using (order_id) where l.qty_each <> 0
)
select order_id, line_id, 'price.off_list' as word, 'unit_price' as field, null::text as value, null::text as expected, unit_minor as value_minor, list_minor as expected_minor,
    sku as subject
from line
where abs(unit_minor - list_minor) > greatest(%(price_minor)s::int,
    list_minor * case when unit_minor < list_minor then %(percent_below)s::numeric else %(percent_above)s::numeric end / 100)
union all
select order_id, line_id, 'price.unlisted', 'unit_price', sku, null, null, null, sku from line where %(wants_list_price)s::boolean and list_price is null

-- name: shipping_failures
with parcel as materialized (
    select v.order_id, v.shipping_code, v.country, v.is_po_box, s.has_hazmat, s.weight_g, s.heaviest_g, t.code, t.weight_g_max, t.takes_hazmat, t.takes_po_box, t.countries
    from validate_order v join validate_sum s using (order_id) left join catalog_shipping_service t on t.id = v.service_id
    where s.has_goods
)
select order_id, null::bigint as line_id, 'shipping.unknown' as word, 'shipping_code' as field, coalesce(shipping_code, 'an order without a shipping service') as value,
    null::text as expected, null::bigint as value_minor, null::bigint as expected_minor, null::text as subject
from parcel where code is null
union all
select order_id, null, 'shipping.weight', 'weight', heaviest_g || ' g in one piece', weight_g_max || ' g a parcel', null, null, code from parcel where heaviest_g > weight_g_max
union all
select order_id, null, 'shipping.weight', 'weight', weight_g || ' g in all', weight_g_max::bigint * %(parcels_max)s::int || ' g an order', null, null, code
from parcel where weight_g > weight_g_max::bigint * %(parcels_max)s::int and heaviest_g <= weight_g_max
union all
select order_id, null, 'shipping.hazmat', 'shipping_service', code, null, null, null, code from parcel where has_hazmat and not takes_hazmat
union all
select order_id, null, 'shipping.po_box', 'line1', code, null, null, null, code from parcel where is_po_box and not takes_po_box
union all
select order_id, null, 'shipping.destination', 'country', code, country, null, null, code from parcel where cardinality(countries) > 0 and not country = any(countries)

-- name: discount_failures
-- Codes by channel first, then those for all channels.
with used as materialized (
    select v.order_id, d.code, d.amount_minor, v.goods_minor, v.placed_on, p.id is not null as is_known, p.is_active, p.percent_max, p.valid_from_on, p.valid_to_on
    from validate_order v join (select order_id, code, sum(amount_minor)::bigint as amount_minor from orders_discount where order_id = any(%(taken)s::bigint[]) group by order_id, code) d using (order_id)
    left join lateral (
        select * from catalog_promotion p where p.code = upper(d.code) and (p.channel_id = v.channel_id or p.channel_id is null) order by p.channel_id nulls last limit 1
    ) p on true
)
select order_id, null::bigint as line_id, 'discount.unknown' as word, 'discount' as field, code as value, null::text as expected, null::bigint as value_minor,
    null::bigint as expected_minor, code as subject
from used where not is_known
union all
select order_id, null, 'discount.lapsed', 'discount', code, case when is_active then valid_from_on || ' to ' || coalesce(valid_to_on::text, 'open') else 'withdrawn' end, null, null, code
from used where not is_active or placed_on not between valid_from_on and coalesce(valid_to_on, 'infinity')
union all
select order_id, null, 'discount.over_limit', 'discount', null, null, amount_minor, ceil(goods_minor * percent_max / 100)::bigint, code
from used where amount_minor > ceil(goods_minor * percent_max / 100)
union all
select order_id, null, 'discount.over_policy', 'discount', null, null, discount_minor, ceil(goods_minor * %(discount_percent_max)s::numeric / 100)::bigint, null
from validate_order where discount_minor > 0 and discount_minor > ceil(goods_minor * %(discount_percent_max)s::numeric / 100)

-- name: duplicate_failures
-- The later of two is the probable duplicate. One that has passed before is found by its basket's key.
with met_twice as (
    select basket_key from validate_sum group by basket_key having count(*) > 1
),
in_batch as (
    select order_id, placed_at, lag(order_id) over same as other_id, lag(placed_at) over same as other_at
    from validate_sum where basket_key in (select basket_key from met_twice) window same as (partition by basket_key order by placed_at, order_id)
),
known as (
    select n.order_id, n.placed_at, b.order_id as other_id, b.placed_at as other_at
    from validate_sum n cross join lateral (select b.order_id, b.placed_at from orders_basket b where b.basket_key = n.basket_key offset 0) b
    where not b.order_id = any(%(taken)s::bigint[])
),
found as (
    select * from in_batch where other_id is not null union all select * from known
)
select distinct on (f.order_id) f.order_id, null::bigint as line_id, 'order.duplicate' as word, 'order' as field, o.number as value,
    greatest(f.placed_at - f.other_at, f.other_at - f.placed_at)::text as expected, null::bigint as value_minor, null::bigint as expected_minor, o.external_ref as subject
from found f join orders_order o on o.id = f.other_id join validate_order v on v.order_id = f.order_id
where not v.is_test and not o.is_test and o.commercial <> 'cancelled' and f.placed_at - f.other_at between -%(duplicate_window)s::interval and %(duplicate_window)s::interval
order by f.order_id, f.other_id

-- name: credit_claims
-- What each order on account asks for, and what its customer owes already: open orders not invoiced yet, and invoices not paid.
with account as (
    select distinct party_id from validate_order where capture_policy = 'on_account' and party_id is not null and not is_test
),
owed as (
    select a.party_id, sum(
        case when o.qty_shipped_each = o.qty_ordered_each - o.qty_cancelled_each and o.qty_ordered_each > 0 then 0 else greatest(o.total_minor - o.invoiced_minor, 0) end
        + coalesce((select sum(case i.kind when 'invoice' then i.total_minor - i.paid_minor else -i.total_minor end) from ledger_invoice i where i.order_id = o.id), 0))::bigint as owed_minor
    from account a join orders_basket b on b.on_account_of = a.party_id join orders_order o on o.id = b.order_id
    where o.commercial = 'open' and not o.id = any(%(taken)s::bigint[]) group by a.party_id
)
select v.order_id, v.party_id, v.total_minor, v.currency, v.home_currency as limit_currency, v.credit_limit_minor as limit_minor, coalesce(o.owed_minor, 0) as owed_minor
from validate_order v left join owed o using (party_id) where v.capture_policy = 'on_account' and not v.is_test order by v.placed_at, v.order_id

-- name: waivers
select order_id, reason_code, fingerprint from orders_waiver where order_id = any(%(order_ids)s::bigint[])
