-- name: open_count
insert into stock_count (node_id, name, chosen_by, lines, opened_at, opened_by)
values (%(node_id)s, %(name)s, %(chosen_by)s, %(lines)s, %(as_of)s, %(actor)s) returning id

-- name: write_count_lines
-- Items that are on the document already stay as they are.
with added as (
    insert into stock_count_line (document_id, item_id) select %(count_id)s, item_id from unnest(%(item_ids)s::bigint[]) t(item_id)
    on conflict do nothing returning 1
)
select count(*)::int as added from added

-- name: grow_count
update stock_count set lines = lines + %(added)s where id = %(count_id)s

-- name: lock_count
select c.id, c.state, c.node_id, n.code as node, c.lines, c.counted, c.to_recount from stock_count c join catalog_node n on n.id = c.node_id
where c.id = %(count_id)s for update of c

-- name: lines_to_count
-- With what the books say now; an item that was never at the node has nothing there.
select l.id, l.item_id, l.counted_each, l.counted_by, l.rounds, l.is_to_recount, l.posted_at, coalesce(p.on_hand_each, 0) as on_hand_each, coalesce(p.unit_cost, 0) as unit_cost
from stock_count_line l join stock_count c on c.id = l.document_id left join stock_position p on p.item_id = l.item_id and p.node_id = c.node_id
where l.document_id = %(count_id)s and l.item_id = any(%(item_ids)s::bigint[]) order by l.item_id for update of l

-- name: write_count_entries
with given as (
    select * from unnest(%(line_ids)s::bigint[], %(counted)s::int[], %(books)s::int[], %(picked)s::int[], %(recounts)s::boolean[]) g(line_id, counted, book, picked, recount)
),
entered as (
    insert into stock_count_entry (line_id, counted_each, book_each, picked_each, counted_by, counted_at)
    select line_id, counted, book, picked, %(actor)s, %(as_of)s from given order by line_id
)
update stock_count_line l set counted_each = g.counted, book_each = case when g.counted is not null then g.book end, picked_each = g.picked, counted_at = case when g.counted is not null then %(as_of)s::timestamptz end,
    counted_by = case when g.counted is not null then %(actor)s::text end, rounds = l.rounds + (g.counted is not null)::int, is_to_recount = g.recount, fault = null
from given g where l.id = g.line_id and l.posted_at is null

-- name: reckon_count
-- How far the document is, from its lines.
update stock_count c set counted = s.counted, to_recount = s.to_recount
from (select count(counted_each)::int as counted, count(*) filter (where is_to_recount)::int as to_recount from stock_count_line where document_id = %(count_id)s) s
where c.id = %(count_id)s

-- name: shift_count
update stock_count set counted = counted + %(counted)s, to_recount = to_recount + %(to_recount)s where id = %(count_id)s

-- name: ask_recount
update stock_count_line set is_to_recount = true
where document_id = %(count_id)s and id = any(%(line_ids)s::bigint[]) and counted_each is not null and posted_at is null

-- name: counted_lines
-- What was counted and is not posted yet, with its digest: who posts says which state of it they looked at.
select l.id, l.item_id, i.sku, l.counted_each, l.book_each from stock_count_line l join catalog_item i on i.id = l.item_id
where l.document_id = %(count_id)s and l.counted_each is not null and l.posted_at is null order by i.sku

-- name: counted_elsewhere_since
-- Lines whose item another count of the node has corrected since they were counted: what they differed by then is not what they differ by now.
select l.id from stock_count_line l join stock_count c on c.id = l.document_id
where l.document_id = %(count_id)s and l.id = any(%(line_ids)s::bigint[])
    and exists (select from stock_adjustment a where a.item_id = l.item_id and a.node_id = c.node_id and a.reason = 'count' and a.made_at >= l.counted_at)

-- name: count_digest
select coalesce(md5(string_agg(item_id || ':' || counted_each || ':' || book_each || ':' || is_to_recount, ',' order by item_id)), '') as digest
from stock_count_line where document_id = %(count_id)s and counted_each is not null and posted_at is null

-- name: mark_count_lines
-- A count leaves the average cost as it is, so the value is the one that the moves were posted with.
update stock_count_line l set posted_at = case when g.fault is null then %(as_of)s::timestamptz end, fault = g.fault, is_to_recount = false,
    value_minor = case when g.fault is null then g.value end
from (
    select x.id, f.fault, round((x.counted_each - x.book_each) * coalesce(p.unit_cost, 0))::bigint as value
    from unnest(%(line_ids)s::bigint[], %(faults)s::text[]) f(line_id, fault) join stock_count_line x on x.id = f.line_id
    left join stock_position p on p.item_id = x.item_id and p.node_id = %(node_id)s
) g
where l.id = g.id and l.document_id = %(count_id)s

-- name: end_count
update stock_count set state = %(state)s, ended_at = %(as_of)s, ended_by = %(actor)s, note = %(note)s where id = %(count_id)s and state = 'open'
