-- name: packed_for_carrier
-- Closed parcels that wait for a carrier at a node, what leaves first first. A fulfilment belongs to the carrier of its first parcel.
select f.id from orders_fulfilment f left join catalog_shipping_service s on s.id = f.service_id
where f.node_id = (select id from catalog_node where code = %(node)s) and f.state = 'packed' and f.packing is not null and not f.packing ? 'shipped_at'
    and coalesce(f.packing -> 'parcels' -> 0 ->> 'carrier', s.carrier, 'own') = %(carrier)s
order by f.cut_off_at nulls last, f.id limit %(limit)s
