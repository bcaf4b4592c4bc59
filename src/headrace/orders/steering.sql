-- name: set_priority
-- Lower goes first in every queue of the line.
update orders_order set priority = %(priority)s where id = %(order_id)s returning old.priority as before

-- name: set_priority_at_nodes
-- The nodes' own queues follow.
update orders_fulfilment set priority = %(priority)s where order_id = %(order_id)s and state in ('planned', 'released', 'picking', 'packed')
