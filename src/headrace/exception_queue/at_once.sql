-- name: standing
select c.document, c.document_id, c.state, c.let_go_at, r.stage, o.state as order_state, transaction_timestamp() as as_of
from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code left join orders_order o on c.document = 'order' and o.id = c.document_id where c.id = %(case_id)s

-- name: holding
-- Cases that hold the same document now.
select o.id from exception_queue_case c join exception_queue_case o on o.document = c.document and o.document_id = c.document_id join exception_queue_reason r on r.code = o.reason_code
where c.id = %(case_id)s and o.state <> 'resolved' and o.let_go_at is null and coalesce(o.detail ->> 'severity', r.severity) <> 'warns' order by o.due_at, o.id limit %(limit)s
