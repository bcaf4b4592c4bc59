-- name: open_transfer
insert into purchasing_transfer (from_node_id, to_node_id, state, expected_on) values (%(from_node_id)s, %(to_node_id)s, 'in_transit', %(expected_on)s::date) returning id

-- name: write_transfer_lines
insert into purchasing_transfer_line (transfer_id, item_id, qty_each) select %(transfer_id)s, item_id, qty from unnest(%(item_ids)s::bigint[], %(qtys)s::int[]) t(item_id, qty)

-- name: lock_transfer
select t.id, t.state, f.code as from_node, n.code as to_node, t.to_node_id from purchasing_transfer t join catalog_node f on f.id = t.from_node_id
join catalog_node n on n.id = t.to_node_id where t.id = %(transfer_id)s for update of t

-- name: open_transfer_lines
-- With the cost that the goods were sent at: a receipt weeks later must not value them anew.
select l.item_id, i.sku, l.qty_each - l.qty_received_each as open_each, m.unit_cost
from purchasing_transfer_line l join purchasing_transfer t on t.id = l.transfer_id join catalog_item i on i.id = l.item_id
left join lateral (select sum(cost_minor) / sum(qty_each)::numeric as unit_cost from stock_move
    where item_id = l.item_id and node_id = t.from_node_id and kind = 'transfer_out' and origin = 'transfer' and origin_id = l.transfer_id) m on true
where l.transfer_id = %(transfer_id)s order by i.sku

-- name: count_transferred
update purchasing_transfer_line l set qty_received_each = l.qty_received_each + t.qty from unnest(%(item_ids)s::bigint[], %(qtys)s::int[]) t(item_id, qty)
where l.transfer_id = %(transfer_id)s and l.item_id = t.item_id and l.qty_received_each + t.qty <= l.qty_each

-- name: end_transfer
update purchasing_transfer t set state = 'received'
where t.id = %(transfer_id)s and (%(is_final)s or not exists (select from purchasing_transfer_line l where l.transfer_id = t.id and l.qty_received_each < l.qty_each))

-- name: transfers_under_way
select t.id, f.code as from_node, n.code as to_node, t.state, t.expected_on, sum(l.qty_each)::int as qty_each, sum(l.qty_received_each)::int as qty_received_each
from purchasing_transfer t join catalog_node f on f.id = t.from_node_id join catalog_node n on n.id = t.to_node_id join purchasing_transfer_line l on l.transfer_id = t.id
where t.state = 'in_transit' and (%(node)s::text is null or n.code = %(node)s) group by t.id, f.code, n.code order by t.expected_on nulls last, t.id limit %(limit)s
