-- name: customers_of
select order_id, coalesce(nullif(name, ''), nullif(company, ''), '') as customer from orders_address where order_id = any(%(order_ids)s::bigint[]) and kind = 'ship'

-- name: items_like
-- Those whose SKU begins so first.
select i.sku, i.name, i.state from catalog_item i
where i.state <> 'retired' and (i.sku ilike %(begins)s::text or i.gtin = %(q)s::text or i.name ilike all (%(patterns)s::text[]))
order by i.sku not ilike %(begins)s::text, length(i.name), i.sku limit %(limit)s
