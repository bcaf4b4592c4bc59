-- name: make_validated_tray
create temp table if not exists validated_tray (
    order_id bigint, tax_jurisdiction text, tax_recomputed_minor bigint, shipping_service_id bigint, basket_key bigint, placed_at timestamptz, on_account_of bigint
) on commit delete rows

-- name: validated_tray_is_used
select exists (select 1 from validated_tray) as used

-- name: empty_validated_tray
truncate validated_tray

-- name: settle_validated
-- The wide order row is written once: figures and state together. Guarded: only orders that still stand at captured.
with settled as (
    update orders_order o set state = 'validated', tax_jurisdiction = t.tax_jurisdiction, tax_recomputed_minor = t.tax_recomputed_minor, shipping_service_id = t.shipping_service_id
    from validated_tray t where o.id = t.order_id and o.state = 'captured'
    returning o.id, t.basket_key, t.placed_at, t.on_account_of
),
told as (
    insert into orders_history (order_id, at, event, batch_id) select id, %(as_of)s, 'validated', %(batch_id)s from settled
),
remembered as (
    insert into orders_basket (order_id, basket_key, placed_at, on_account_of) select id, basket_key, placed_at, on_account_of from settled
    on conflict (order_id) do update set basket_key = excluded.basket_key, placed_at = excluded.placed_at, on_account_of = excluded.on_account_of
)
select count(*) from settled

-- name: keep_line_taxes
update orders_line l set tax_recomputed_minor = t.tax_minor
from unnest(%(line_ids)s::bigint[], %(taxes_minor)s::bigint[]) t(line_id, tax_minor) where l.id = t.line_id and l.tax_recomputed_minor is distinct from t.tax_minor

-- name: repair_addresses
with repair as (
    select * from unnest(%(order_ids)s::bigint[], %(after)s::text[], %(po_boxes)s::boolean[], %(details)s::text[]) as t(order_id, after, is_po_box, detail)
),
repaired as (
    update orders_address a set region = coalesce(r.after::jsonb ->> 'region', a.region), postcode = coalesce(r.after::jsonb ->> 'postcode', a.postcode),
        country = coalesce(r.after::jsonb ->> 'country', a.country), phone = coalesce(r.after::jsonb ->> 'phone', a.phone), email = coalesce(r.after::jsonb ->> 'email', a.email),
        is_po_box = r.is_po_box
    from repair r where a.order_id = r.order_id and a.kind = 'ship' returning a.order_id, r.detail
)
insert into orders_history (order_id, at, event, batch_id, detail)
select order_id, %(as_of)s, 'repaired', %(batch_id)s, detail::jsonb from repaired where detail is not null

-- name: lock_waiting_order
select id, state, hold, commercial, fraud_verdict, shipping_service_id from orders_order where id = %(order_id)s for update

-- name: ship_to
select name, company, line1, line2, city, region, postcode, country, phone, email from orders_address where order_id = %(order_id)s and kind = 'ship'

-- name: write_ship_to
-- A field that is not among the changes stays; one that is null among them is emptied. The box flag is found anew by validate.
insert into orders_address as a (order_id, kind, name, company, line1, line2, city, region, postcode, country, phone, email)
select %(order_id)s, 'ship', c.* from jsonb_to_record(%(changes)s::jsonb)
    as c(name text, company text, line1 text, line2 text, city text, region text, postcode text, country text, phone text, email text)
on conflict (order_id, kind) do update set
    name = case when %(changes)s::jsonb ? 'name' then excluded.name else a.name end, company = case when %(changes)s::jsonb ? 'company' then excluded.company else a.company end,
    line1 = case when %(changes)s::jsonb ? 'line1' then excluded.line1 else a.line1 end, line2 = case when %(changes)s::jsonb ? 'line2' then excluded.line2 else a.line2 end,
    city = case when %(changes)s::jsonb ? 'city' then excluded.city else a.city end, region = case when %(changes)s::jsonb ? 'region' then excluded.region else a.region end,
    postcode = case when %(changes)s::jsonb ? 'postcode' then excluded.postcode else a.postcode end,
    country = case when %(changes)s::jsonb ? 'country' then excluded.country else a.country end,
    phone = case when %(changes)s::jsonb ? 'phone' then excluded.phone else a.phone end, email = case when %(changes)s::jsonb ? 'email' then excluded.email else a.email end

-- name: set_fraud_verdict
update orders_order set fraud_verdict = %(verdict)s where id = %(order_id)s

-- name: set_shipping_service
update orders_order set shipping_service_id = %(service_id)s where id = %(order_id)s
