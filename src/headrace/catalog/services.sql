-- name: service_by_code
select id, code, name from catalog_shipping_service where code = %(code)s

-- name: learn_shipping_code
insert into catalog_shipping_code (channel_id, channel_code, service_id) values (%(channel_id)s, %(channel_code)s, %(service_id)s)
on conflict (channel_id, channel_code) do update set service_id = excluded.service_id
