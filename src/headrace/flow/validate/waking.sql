-- name: free_of_other_holds
-- Of these orders, those that wait before allocation and that nothing but validate itself (or the engine) holds.
select o.id from orders_order o where o.id = any(%(order_ids)s::bigint[]) and o.state = 'captured' and o.commercial = 'open' and not exists (
    select 1 from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
    where c.document = 'order' and c.document_id = o.id and c.state <> 'resolved' and r.stage not in ('validate', 'engine') and coalesce(c.detail ->> 'severity', r.severity) <> 'warns')

-- name: orders_waiting
-- Orders with an open failure of these checks whose case names a value, narrowed to a channel where one is given.
select distinct c.order_id from exception_queue_case c join orders_order o on o.id = c.order_id join catalog_channel ch on ch.id = o.channel_id
where c.state <> 'resolved' and c.detail ->> 'check' = any(%(words)s::text[]) and (%(value)s::text is null or c.detail ->> %(names)s::text = %(value)s::text)
    and (%(channel)s::text is null or ch.code = %(channel)s::text) and (%(party_id)s::bigint is null or o.party_id = %(party_id)s::bigint)
