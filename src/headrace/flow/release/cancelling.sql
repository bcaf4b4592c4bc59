-- name: cases_answered
-- Open cases of an order that a cancel of lines answers: those about the lines, and where nothing waits for stock any more, those about finding it.
select c.id from exception_queue_case c join exception_queue_reason r on r.code = c.reason_code
where c.document = 'order' and c.document_id = %(order_id)s and c.state <> 'resolved'
    and (c.line_id = any(%(line_ids)s::bigint[]) or (%(all_found)s and r.stage in ('allocate', 'release')) or (%(all_lines)s and r.stage in ('capture', 'validate')))
order by c.id
