-- name: waiting_skus
-- SKUs of channels that parked orders wait for and that mean an item now: the channel's own mapping first, our SKU second.
select distinct w.channel_id, w.sku, coalesce(m.item_id, i.id) as item_id, coalesce(m.pack_each, 1) as pack_each, coalesce(mi.sku, i.sku) as item
from (select distinct o.channel_id, l.sku from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
        join orders_order o on o.id = c.order_id join orders_line l on l.order_id = o.id
    where c.state <> 'resolved' and r.clears_when ? 'sku.mapped' and o.state = 'captured' and l.item_id is null and l.sku = any(%(skus)s::text[])) w
left join catalog_listing m on m.channel_id = w.channel_id and m.channel_sku = w.sku
    and (m.valid_from_on is null or m.valid_from_on <= %(as_of)s::date) and (m.valid_to_on is null or m.valid_to_on >= %(as_of)s::date)
left join catalog_item mi on mi.id = m.item_id left join catalog_item i on i.sku = w.sku
where coalesce(m.item_id, i.id) is not null order by w.channel_id, w.sku

-- name: orders_waiting_for_kits
select distinct c.order_id from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code join orders_line l on l.order_id = c.order_id
join catalog_item k on k.id = l.item_id
where c.state = 'open' and r.clears_when ? 'catalog.changed' and k.sku = any(%(kits)s::text[])
