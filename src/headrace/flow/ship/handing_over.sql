-- name: packed_for_carrier
-- Closed parcels that wait for a carrier at a node: of those that may leave the ones that leave first, and beside them the first of those that are held, so that these never stand in the others' way.
-- A fulfilment belongs to the carrier of its first parcel.
with waiting as (
    select f.id, f.cut_off_at, f.hold = 'held' or o.hold = 'held' as is_held from orders_fulfilment f join orders_order o on o.id = f.order_id left join catalog_shipping_service s on s.id = f.service_id
    where f.node_id = (select id from catalog_node where code = %(node)s) and f.state = 'packed' and f.packing is not null and not f.packing ? 'shipped_at'
        and coalesce(f.packing -> 'parcels' -> 0 ->> 'carrier', s.carrier, 'own') = %(carrier)s
)
(select id from waiting where not is_held order by cut_off_at nulls last, id limit %(limit)s)
union all
(select id from waiting where is_held order by cut_off_at nulls last, id limit %(held_limit)s)
