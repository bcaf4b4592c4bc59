-- name: read_confirmations
select i.id, i.partner, i.message_key, b.body from engine_inbox i join engine_inbox_body b on b.inbox_id = i.id where i.id = any(%(ids)s) order by i.id

-- name: place_confirmations
-- Each confirmation beside its fulfilment, with a word for how it stands. A shipment's number is taken only for what goes on.
insert into placed_tray (message_id, message_key, shipment_id, fulfilment_id, order_id, node_id, takes_all, word)
select q.message_id, q.message_key, case when q.word in ('goes', 'recalled') then nextval('orders_shipment_id_seq') else q.shipment_id end,
    q.fulfilment_id, q.order_id, q.node_id, q.takes_all, q.word
from (
    select c.message_id, c.message_key, s.id as shipment_id, c.fulfilment_id, f.order_id, f.node_id, c.takes_all, case
        when f.id is null or c.partner not in (coalesce(n.partner, ''), 'warehouse:' || n.code) then 'unknown'
        when s.id is not null then 'known'
        when row_number() over (partition by f.node_id, c.message_key order by c.message_id) > 1 then 'repeated'
        when f.state = 'planned' then 'unknown'
        when f.state in ('cancelled', 'rejected') then f.state
        when f.recall = 'requested' then 'recalled'
        else 'goes' end as word
    from confirmation_tray c left join orders_fulfilment f on f.id = c.fulfilment_id left join catalog_node n on n.id = f.node_id
    left join orders_shipment s on s.node_id = f.node_id and s.external_ref = c.message_key
    order by c.message_id
) q

-- name: placed_otherwise
-- What does not simply go on.
select p.message_id as id, p.word, p.shipment_id, p.fulfilment_id, p.node_id, p.message_key, c.partner, 'FO-' || p.fulfilment_id as value
from placed_tray p join confirmation_tray c using (message_id) where p.word <> 'goes' order by p.message_id

-- name: drop_placed
delete from placed_tray where message_id = any(%(message_ids)s::bigint[])

-- name: spread_confirmed
-- What is confirmed is laid along what is left to ship: for each fulfilment and SKU both are stretches of pieces, earlier messages and earlier
-- lines first, and where two stretches overlap, pieces ship. Pieces confirmed by the request's own line are taken off before.
with line as (
    select fl.id, fl.fulfilment_id, fl.line_id, fl.item_id, i.sku, fl.qty_each - fl.qty_shipped_each - fl.qty_short_each as left_each,
        fl.per_kit_each > 1 or count(*) over (partition by fl.fulfilment_id, fl.line_id) > 1 as is_part
    from (select distinct fulfilment_id from placed_tray) p join orders_fulfilment_line fl on fl.fulfilment_id = p.fulfilment_id join catalog_item i on i.id = fl.item_id
),
own as (
    select c.message_id, l.id, sum(c.qty_each) as qty, sum(sum(c.qty_each)) over (partition by l.id order by c.message_id) as until_each
    from confirmed_tray c join placed_tray p using (message_id) join line l on l.id = c.fulfilment_line_id and l.fulfilment_id = p.fulfilment_id group by c.message_id, l.id
),
rest as (
    select l.*, greatest(l.left_each - coalesce(o.qty, 0), 0) as rest_each, sum(greatest(l.left_each - coalesce(o.qty, 0), 0)) over (partition by l.fulfilment_id, l.sku order by l.id) as until_each
    from line l left join (select id, sum(qty) as qty from own group by id) o using (id)
),
named as (
    select p.message_id, p.fulfilment_id, c.sku, sum(c.qty_each) as qty from confirmed_tray c join placed_tray p using (message_id) where c.fulfilment_line_id is null group by 1, 2, 3
    union all
    select p.message_id, p.fulfilment_id, l.sku, sum(l.left_each) from placed_tray p join line l using (fulfilment_id) where p.takes_all group by 1, 2, 3
),
asked as (
    select *, sum(qty) over (partition by fulfilment_id, sku order by message_id) as until_each from named
),
going as (
    select a.message_id, r.id, r.fulfilment_id, r.line_id, r.item_id, r.is_part, least(a.until_each, r.until_each) - greatest(a.until_each - a.qty, r.until_each - r.rest_each) as qty
    from asked a join rest r using (fulfilment_id, sku)
    union all
    select o.message_id, l.id, l.fulfilment_id, l.line_id, l.item_id, l.is_part, least(o.qty, l.left_each - (o.until_each - o.qty))
    from own o join line l using (id)
)
insert into going_tray (message_id, shipment_id, fulfilment_id, fulfilment_line_id, line_id, item_id, node_id, qty_each, is_part)
select g.message_id, p.shipment_id, g.fulfilment_id, g.id, g.line_id, g.item_id, p.node_id, g.qty, g.is_part
from going g join placed_tray p on p.message_id = g.message_id and p.fulfilment_id = g.fulfilment_id where g.qty > 0

-- name: confirmed_too_much
-- The first message of each fulfilment that confirms more than was left; what comes after it is looked at again without it.
select distinct on (p.fulfilment_id) p.message_id, p.fulfilment_id
from placed_tray p
left join (select message_id, sum(qty_each) as qty from confirmed_tray group by message_id) a using (message_id)
left join (select message_id, sum(qty_each) as qty from going_tray group by message_id) g using (message_id)
where g.qty is null or g.qty <> coalesce(a.qty, g.qty)
order by p.fulfilment_id, p.message_id

-- name: what_was_too_much
-- By SKU: what was confirmed and what could be given.
with asked as (
    select c.message_id, coalesce(c.sku, i.sku, 'line ' || c.fulfilment_line_id) as sku, sum(c.qty_each) as qty
    from confirmed_tray c left join orders_fulfilment_line fl on fl.id = c.fulfilment_line_id left join catalog_item i on i.id = fl.item_id
    where c.message_id = any(%(message_ids)s::bigint[]) group by 1, 2
),
given as (
    select g.message_id, i.sku, sum(g.qty_each) as qty from going_tray g join catalog_item i on i.id = g.item_id where g.message_id = any(%(message_ids)s::bigint[]) group by 1, 2
)
select p.message_id as id, c.partner, 'lines' as field, 'FO-' || p.fulfilment_id as value, coalesce(a.qty, 0)::int as qty, coalesce(a.sku, 'anything') as sku, coalesce(g.qty, 0)::int as left
from placed_tray p join confirmation_tray c using (message_id) left join asked a using (message_id) left join given g on g.message_id = p.message_id and g.sku = a.sku
where p.message_id = any(%(message_ids)s::bigint[]) and a.qty is distinct from coalesce(g.qty, 0) order by p.message_id, a.sku

-- name: clear_going
delete from going_tray

-- name: count_pieces
-- Order pieces that become complete. Plain goods are their own; a kit is complete when every part of it has shipped, in this package or an earlier one.
with message as (
    select distinct message_id, shipment_id, fulfilment_id, line_id from going_tray where is_part
),
given as (
    select message_id, fulfilment_line_id, sum(qty_each) as qty from going_tray where is_part group by 1, 2
),
step as (
    select m.message_id, m.shipment_id, fl.fulfilment_id, fl.line_id, fl.qty_shipped_each / fl.per_kit_each as kits_before,
        (fl.qty_shipped_each + sum(coalesce(g.qty, 0)) over (partition by fl.id order by m.message_id)) / fl.per_kit_each as kits_after
    from message m join orders_fulfilment_line fl using (fulfilment_id, line_id) left join given g on g.message_id = m.message_id and g.fulfilment_line_id = fl.id
),
whole as (
    select message_id, shipment_id, fulfilment_id, line_id, min(kits_before) as before, min(floor(kits_after))::int as after from step group by 1, 2, 3, 4
),
counted as (
    select message_id, shipment_id, fulfilment_id, line_id, after - coalesce(lag(after) over (partition by fulfilment_id, line_id order by message_id), before) as qty from whole
    union all
    select message_id, shipment_id, fulfilment_id, line_id, sum(qty_each) from going_tray where not is_part group by 1, 2, 3, 4
)
insert into pieces_tray (message_id, shipment_id, fulfilment_id, line_id, qty_each) select message_id, shipment_id, fulfilment_id, line_id, qty from counted where qty > 0

-- name: fill_shipped_tray
insert into shipped_tray (shipment_id, order_line_id, fulfilment_id, item_id, node_id, qty_each)
select shipment_id, line_id, fulfilment_id, item_id, node_id, qty_each from going_tray

-- name: first_confirmations
-- The message that made each of these shipments.
select distinct on (s.id) s.id as shipment_id, b.body
from unnest(%(shipment_ids)s::bigint[], %(partners)s::text[]) k(id, partner) join orders_shipment s on s.id = k.id
join engine_inbox i on i.partner = k.partner and i.kind = 'shipment' and i.message_key = s.external_ref and i.document_id = s.id and i.outcome = 'applied'
join engine_inbox_body b on b.inbox_id = i.id order by s.id, i.id

-- name: placed
select message_id, shipment_id, node_id, message_key from placed_tray
