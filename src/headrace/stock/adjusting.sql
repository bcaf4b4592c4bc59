-- name: known_corrections
select external_ref from stock_adjustment where source = %(source)s and external_ref = any(%(refs)s::text[])

-- name: write_corrections
insert into stock_adjustment (item_id, node_id, qty_each, reason, source, external_ref, value_minor, made_at)
select * from unnest(%(item_ids)s::bigint[], %(node_ids)s::bigint[], %(qtys)s::int[], %(reasons)s::text[], %(sources)s::text[], %(refs)s::text[],
    %(amounts)s::bigint[], %(moments)s::timestamptz[])
returning id, source, external_ref
