-- name: end_parts
-- The named pieces end; what is left of a reservation goes on as one of its own. Found by line: a best-seller has thousands of live reservations.
with asked as (
    select * from unnest(%(fulfilment_ids)s::bigint[], %(line_ids)s::bigint[], %(item_ids)s::bigint[], %(node_ids)s::bigint[], %(qtys)s::int[], %(hows)s::text[])
        a(fulfilment_id, line_id, item_id, node_id, qty, how)
),
ended as (
    update stock_reservation r set qty_each = a.qty, ended_at = %(as_of)s, ended_how = a.how from asked a
    where r.line_id = a.line_id and r.fulfilment_id = a.fulfilment_id and r.item_id is not distinct from a.item_id and r.node_id is not distinct from a.node_id
        and r.ended_at is null and r.qty_each >= a.qty
    returning r.line_id, r.item_id, r.node_id, r.fulfilment_id, new.qty_each as qty, old.qty_each - new.qty_each as rest, r.per_kit_each, r.reserved_at, r.batch_id
),
rest as (
    insert into stock_reservation (line_id, item_id, node_id, fulfilment_id, qty_each, per_kit_each, reserved_at, batch_id)
    select line_id, item_id, node_id, fulfilment_id, rest, per_kit_each, reserved_at, batch_id from ended where rest > 0
),
given as (
    update stock_position p set reserved_each = p.reserved_each - g.qty
    from (select item_id, node_id, sum(qty)::int as qty from ended group by item_id, node_id) g where p.item_id = g.item_id and p.node_id = g.node_id
)
select count(*) as ended from ended
