-- name: set_price
with place as (
    select l.id as price_list_id, i.id as item_id from catalog_price_list l cross join catalog_item i where l.code = %(price_list)s and i.sku = %(sku)s
),
ended as (
    update catalog_price p set valid_to_on = %(valid_from_on)s::date - 1
    from place where p.price_list_id = place.price_list_id and p.item_id = place.item_id and p.from_qty_each = %(from_qty_each)s
        and p.valid_from_on < %(valid_from_on)s::date and (p.valid_to_on is null or p.valid_to_on >= %(valid_from_on)s::date)
)
insert into catalog_price (price_list_id, item_id, from_qty_each, unit_price, valid_from_on)
select price_list_id, item_id, %(from_qty_each)s, %(unit_price)s, %(valid_from_on)s from place
on conflict (price_list_id, item_id, from_qty_each, valid_from_on) do update set unit_price = excluded.unit_price, valid_to_on = null

-- name: allow_promotion
insert into catalog_promotion (channel_id, code, percent_max, valid_from_on, valid_to_on)
select c.id, %(code)s, %(percent_max)s, %(valid_from_on)s, %(valid_to_on)s::date
from (select 1) one left join catalog_channel c on c.code = %(channel)s::text where %(channel)s::text is null or c.id is not null
on conflict (channel_id, code) do update set percent_max = excluded.percent_max, valid_from_on = excluded.valid_from_on, valid_to_on = excluded.valid_to_on, is_active = true
