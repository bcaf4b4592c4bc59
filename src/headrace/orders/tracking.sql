-- name: make_scan_tray
create temp table if not exists scan_tray (message_id bigint, parcel_id bigint, status text, rank smallint, happened_at timestamptz, note text) on commit delete rows;
delete from scan_tray

-- name: copy_scans
copy scan_tray (message_id, parcel_id, status, rank, happened_at, note) from stdin

-- name: write_tracking_events
-- Every scan is kept, once.
insert into orders_tracking_event (parcel_id, status, happened_at, note, inbox_id)
select distinct on (parcel_id, status, happened_at) parcel_id, status, happened_at, note, message_id from scan_tray order by parcel_id, status, happened_at, message_id
on conflict (parcel_id, status, happened_at) do nothing

-- name: raise_parcels
-- Only ever forward: a late scan is kept, and moves nothing. Of equal rank the first one stands.
with best as (
    select distinct on (parcel_id) parcel_id, status, rank, happened_at from scan_tray order by parcel_id, rank desc, happened_at
),
raised as (
    update orders_parcel p set track_state = b.status, track_rank = b.rank, tracked_at = b.happened_at from best b where p.id = b.parcel_id and p.track_rank < b.rank
    returning p.id, p.shipment_id, p.tracking, p.track_state
)
select r.id as parcel_id, r.tracking, r.track_state, s.id as shipment_id, s.order_id from raised r join orders_shipment s on s.id = r.shipment_id order by r.id
