-- name: unusual_addresses
-- Addresses that are not plainly right. Most are, and never reach Python. Sorted by region first, so that few patterns are compiled.
select a.order_id, a.line1, a.line2, a.city, a.region, a.postcode, a.country, a.phone, a.email, a.is_po_box
from (
    select * from orders_address where order_id = any(%(taken)s::bigint[]) and kind = 'ship' order by country, region
) a
left join country_rule c on c.country = a.country
left join region_rule r on r.country = a.country and r.region = a.region
cross join lateral (select coalesce(a.line1, '') || ' ' || coalesce(a.line2, '') as street) s
where c.country is null
    or (c.needs_line1 and coalesce(a.line1, '') = '') or (c.needs_city and coalesce(a.city, '') = '')
    or (c.needs_region and coalesce(a.region, '') = '') or (c.needs_postcode and coalesce(a.postcode, '') = '')
    or (c.has_regions and a.region <> '' and r.region is null)
    or (a.postcode <> '' and a.postcode !~ c.postcode_dress) or a.postcode !~ r.postcode_begins
    or (a.phone <> '' and (a.phone !~ %(e164)s::text or length(a.phone) not between %(e164_min)s::int and %(e164_max)s::int))
    or (a.email <> '' and a.email !~ %(email)s::text)
    or a.is_po_box <> case when lower(s.street) like any(%(po_box_words)s::text[]) then s.street ~* %(po_box)s::text else false end
