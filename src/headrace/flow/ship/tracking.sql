-- name: parcels_scanned
-- Parcels by tracking number, locked by id. A number that carriers use again means the parcels that left not long before.
select p.id, p.tracking, p.carrier, p.track_rank, p.track_state, s.shipped_at from orders_parcel p join orders_shipment s on s.id = p.shipment_id
where p.tracking = any(%(trackings)s::text[]) and s.shipped_at >= %(as_of)s - make_interval(days => %(days_max)s) order by p.id for update of p

-- name: parcels_without_scan
-- On the way, and silent for longer than policy allows; each parcel is named once a silence.
select s.id as id, p.id as parcel_id, p.tracking as value, p.carrier, p.track_state as state, floor(extract(epoch from %(as_of)s - coalesce(e.last_at, s.shipped_at)) / 3600)::int as hours,
    coalesce(e.last_at, s.shipped_at) as since
from orders_parcel p join orders_shipment s on s.id = p.shipment_id
left join lateral (select max(t.happened_at) as last_at from orders_tracking_event t where t.parcel_id = p.id) e on true
where p.track_rank < %(rank_ended)s and p.tracking is not null and s.shipped_at >= %(as_of)s - make_interval(days => %(days_max)s)
    and coalesce(e.last_at, s.shipped_at) < %(as_of)s - make_interval(hours => %(hours_max)s)
order by s.shipped_at, p.id limit %(limit)s
