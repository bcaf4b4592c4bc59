-- name: lock_accounts
-- Not the key itself: orders that only refer to the customer are not kept waiting.
select id from catalog_party where id = any(%(party_ids)s::bigint[]) order by id for no key update

-- name: party_by_id
select id, name, segment, credit_limit_minor, terms_days, tax_exempt_until_on from catalog_party where id = %(party_id)s

-- name: set_credit
update catalog_party set credit_limit_minor = %(credit_limit_minor)s, terms_days = %(terms_days)s where id = %(party_id)s

-- name: set_segment
update catalog_party set segment = %(segment)s where id = %(party_id)s

-- name: set_exemption
update catalog_party set tax_exempt_until_on = %(until_on)s where id = %(party_id)s
