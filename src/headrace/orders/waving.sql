-- name: waves_of_fulfilments
select m.fulfilment_id, w.number from orders_wave_fulfilment m join orders_wave w on w.id = m.wave_id where m.fulfilment_id = any(%(fulfilment_ids)s::bigint[]) and m.left_at is null

-- name: make_wave
insert into orders_wave (node_id, made_at, made_by) values (%(node_id)s, %(as_of)s, %(actor)s) returning id, number

-- name: put_into_wave
insert into orders_wave_fulfilment (wave_id, fulfilment_id) select %(wave_id)s, id from unnest(%(fulfilment_ids)s::bigint[]) f(id)

-- name: lock_wave
select w.id, w.number, w.dissolved_at from orders_wave w join catalog_node n on n.id = w.node_id where w.id = %(wave_id)s and n.code = %(node)s for update of w

-- name: take_out_of_wave
update orders_wave_fulfilment set left_at = %(as_of)s where wave_id = %(wave_id)s and fulfilment_id = any(%(fulfilment_ids)s::bigint[]) and left_at is null returning fulfilment_id

-- name: members_of_wave
select m.fulfilment_id from orders_wave_fulfilment m where m.wave_id = %(wave_id)s and m.left_at is null order by m.fulfilment_id

-- name: dissolve_wave
update orders_wave set dissolved_at = %(as_of)s where id = %(wave_id)s and dissolved_at is null

-- name: free_from_wave
update orders_wave_fulfilment m set left_at = %(as_of)s from orders_fulfilment f
where m.wave_id = %(wave_id)s and m.left_at is null and f.id = m.fulfilment_id and f.state in ('released', 'picking')
    and (%(fulfilment_ids)s::bigint[] is null or m.fulfilment_id = any(%(fulfilment_ids)s::bigint[])) returning m.fulfilment_id

-- name: note_handed_over
update orders_fulfilment set packing = packing || jsonb_build_object('shipped_at', %(shipped_at)s::text)
where id = any(%(fulfilment_ids)s::bigint[]) and state = 'packed' and packing is not null and not packing ? 'shipped_at'

-- name: keep_manifest
insert into orders_manifest (node_id, carrier, handed_over_at, handed_over_by, parcels, weight_g, content)
values (%(node_id)s, %(carrier)s, %(as_of)s, %(actor)s, %(parcels)s, %(weight_g)s, %(content)s::jsonb) returning number
