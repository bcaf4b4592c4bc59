-- name: counts_listed
select c.id as cursor, c.id, 'CT-' || c.id as number, c.name, n.code as node, c.state, c.lines, c.counted, c.to_recount, c.chosen_by, c.opened_at, c.opened_by, c.ended_at, c.ended_by, c.note
from stock_count c join catalog_node n on n.id = c.node_id
where (%(node)s::text is null or n.code = %(node)s) and (%(state)s::text is null or c.state = %(state)s) and (%(before)s::bigint is null or c.id < %(before)s)
order by c.id desc limit %(limit)s

-- name: count_head
-- With the approval that it waits for, if it does.
select c.id, 'CT-' || c.id as number, c.name, n.code as node, n.name as node_name, e.currency, c.state, c.lines, c.counted, c.to_recount, c.chosen_by, c.opened_at, c.opened_by,
    c.ended_at, c.ended_by, c.note,
    (select max(a.id) from governance_approval a where a.state = 'asked' and a.deed = 'post_count' and a.subject = 'count:' || c.id) as approval_id
from stock_count c join catalog_node n on n.id = c.node_id join catalog_entity e on e.id = n.entity_id where c.id = %(count_id)s

-- name: lines_to_count
-- What whoever counts may see: no word of what the books say.
select i.sku as cursor, l.id, i.sku, i.name, i.gtin, case when not l.is_to_recount then l.counted_each end as counted_each, l.counted_at, l.counted_by, l.rounds, l.is_to_recount,
    l.posted_at is not null as is_posted
from stock_count_line l join catalog_item i on i.id = l.item_id
where l.document_id = %(count_id)s and (%(which)s::text is null or case %(which)s::text when 'todo' then l.counted_each is null when 'again' then l.is_to_recount else l.counted_each is not null end)
    and (%(after)s::text is null or i.sku > %(after)s) and (%(from_sku)s::text is null or i.sku >= %(from_sku)s)
order by i.sku limit %(limit)s

-- name: books_now
select p.item_id, l.id, p.on_hand_each, p.reserved_each from stock_count_line l join stock_count c on c.id = l.document_id
join stock_position p on p.item_id = l.item_id and p.node_id = c.node_id where l.id = any(%(line_ids)s::bigint[])

-- name: line_by_code
-- What a scanner gives: the SKU or the GTIN of an item, and whether it is on the document.
select i.sku, i.name, l.id is not null as is_on_it from catalog_item i left join stock_count_line l on l.item_id = i.id and l.document_id = %(count_id)s
where i.sku = %(code)s or i.gtin = %(code)s order by i.sku = %(code)s desc, l.id is not null desc limit 1

-- name: variances_listed
-- Each line against the book of the moment when it was counted; what is posted keeps the value that it was posted with. The largest worth first.
with valued as (
    select l.id, l.id as line_id, i.sku, i.name, l.book_each + l.picked_each as on_hand_each, l.picked_each, l.book_each, l.counted_each, l.counted_each - l.book_each as off_each, l.counted_at, l.counted_by, l.rounds, l.is_to_recount, l.posted_at, l.fault,
        coalesce(l.value_minor, round((l.counted_each - l.book_each) * coalesce(p.unit_cost, 0))::bigint) as value_minor, e.currency,
        case when l.posted_at is not null then 'posted' when l.fault is not null then 'refused' when l.is_to_recount then 'count_again' when l.counted_each is null then 'not_counted'
            when l.counted_each = l.book_each then 'right' else 'differs' end as state
    from stock_count_line l join stock_count c on c.id = l.document_id join catalog_node n on n.id = c.node_id join catalog_entity e on e.id = n.entity_id
    join catalog_item i on i.id = l.item_id left join stock_position p on p.item_id = l.item_id and p.node_id = c.node_id
    where l.document_id = %(count_id)s
),
ordered as (
    select *, lpad(coalesce(abs(value_minor), 0)::text, 18, '0') || '~' || lpad(id::text, 18, '0') as cursor, round(100.0 * off_each / nullif(book_each, 0), 1) as off_percent from valued
)
select * from ordered
where (%(after)s::text is null or cursor < %(after)s) and (%(q)s::text is null or starts_with(sku, %(q)s::text))
    and (%(which)s::text is null or case %(which)s::text when 'differs' then off_each <> 0 when 'found' then off_each > 0 when 'missing' then off_each < 0
        when 'again' then is_to_recount when 'refused' then fault is not null and posted_at is null when 'not_counted' then counted_each is null else off_each = 0 end)
order by cursor desc limit %(limit)s

-- name: variance_sums
select count(*) filter (where off <> 0)::int as differs, count(*) filter (where off > 0)::int as found, count(*) filter (where off < 0)::int as missing, count(*) filter (where off = 0)::int as right,
    count(*) filter (where counted_each is null)::int as not_counted, count(*) filter (where is_to_recount)::int as again,
    count(*) filter (where fault is not null and posted_at is null)::int as refused, count(*) filter (where counted_each is not null and posted_at is null)::int as to_post,
    coalesce(sum(off) filter (where off > 0), 0)::bigint as found_each, coalesce(sum(value) filter (where off > 0), 0)::bigint as found_minor,
    coalesce(sum(off) filter (where off < 0), 0)::bigint as missing_each, coalesce(sum(value) filter (where off < 0), 0)::bigint as missing_minor,
    coalesce(sum(abs(value)) filter (where posted_at is null), 0)::bigint as worth_minor
from (
    select l.counted_each, l.is_to_recount, l.fault, l.posted_at, l.counted_each - l.book_each as off,
        coalesce(l.value_minor, round((l.counted_each - l.book_each) * coalesce(p.unit_cost, 0))::bigint) as value
    from stock_count_line l join stock_count c on c.id = l.document_id left join stock_position p on p.item_id = l.item_id and p.node_id = c.node_id
    where l.document_id = %(count_id)s
) v

-- name: count_entries_listed
-- Every quantity that was written into a document, the newest first.
select e.id as cursor, e.id, i.sku, i.name, e.counted_each, e.picked_each, e.book_each, e.counted_each - e.book_each as off_each, e.counted_by, e.counted_at
from stock_count_entry e join stock_count_line l on l.id = e.line_id join catalog_item i on i.id = l.item_id
where l.document_id = %(count_id)s and (%(sku)s::text is null or i.sku = %(sku)s) and (%(before)s::bigint is null or e.id < %(before)s)
order by e.id desc limit %(limit)s

-- name: item_classes
select distinct item_class from catalog_item where kind = 'goods' order by item_class limit %(limit)s
