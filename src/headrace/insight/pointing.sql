-- name: items_by_beginning
-- Items whose SKU begins so, or whose GTIN it is.
select sku, name, state from catalog_item where starts_with(sku, %(q)s) or sku = upper(%(q)s) or gtin = %(q)s order by sku limit %(limit)s

-- name: open_cases_of
-- Open cases by their own number, or of these orders.
select c.id, c.reason_code, c.detail, c.due_at, o.number as order_number
from exception_queue_case c left join orders_order o on o.id = c.order_id
where c.state <> 'resolved' and (c.id = %(case_id)s::bigint or c.order_id = any(%(order_ids)s::bigint[])) order by c.due_at, c.id limit %(limit)s
