-- name: take_adjustment_ids
select nextval(pg_get_serial_sequence('stock_adjustment', 'id'))::bigint as id from generate_series(1, %(n)s)

-- name: write_adjustments
insert into stock_adjustment (id, item_id, node_id, qty_each, reason, source, note, made_at)
select id, item_id, node_id, qty, reason, %(actor)s, %(note)s, %(as_of)s
from unnest(%(ids)s::bigint[], %(item_ids)s::bigint[], %(node_ids)s::bigint[], %(qtys)s::int[], %(reasons)s::text[]) t(id, item_id, node_id, qty, reason)

-- name: keep_alone
insert into stock_corrected_alone (actor, at, currency, worth)
select %(actor)s, %(as_of)s, w.currency, w.worth from unnest(%(currencies)s::text[], %(worths)s::numeric[]) w(currency, worth) where round(w.worth, 6) > 0

-- name: corrected_alone
select currency, sum(worth) as worth from stock_corrected_alone where actor = any(%(person)s::text[]) and at > %(since)s group by currency
