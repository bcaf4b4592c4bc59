-- name: set_rate
with ended as (
    update catalog_tax_rate set valid_to_on = %(valid_from_on)s::date - 1
    where jurisdiction = %(jurisdiction)s and tax_class = %(tax_class)s and valid_from_on < %(valid_from_on)s::date
        and (valid_to_on is null or valid_to_on >= %(valid_from_on)s::date)
)
insert into catalog_tax_rate (jurisdiction, tax_class, rate, taxes_shipping, valid_from_on)
values (%(jurisdiction)s, %(tax_class)s, %(rate)s, %(taxes_shipping)s, %(valid_from_on)s)
on conflict (jurisdiction, tax_class, valid_from_on) do update set rate = excluded.rate, taxes_shipping = excluded.taxes_shipping, valid_to_on = null
