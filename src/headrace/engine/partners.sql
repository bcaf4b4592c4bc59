-- name: connection_of
select connector, address from engine_partner where code = %(partner)s and connector is not null and address is not null

-- name: connect_partner
insert into engine_partner (code, connector, address) values (%(partner)s, %(connector)s, %(address)s)
on conflict (code) do update set connector = excluded.connector, address = excluded.address

-- name: know_partner
insert into engine_partner (code, rate_per_s, burst, tokens) values (%(partner)s, %(rate_per_s)s, %(rate_per_s)s, %(rate_per_s)s) on conflict (code) do nothing

-- name: list_partners
select p.code, p.connector, p.address, p.paused, p.breaker, p.failures, p.retry_at, p.last_ok_at, p.last_error, count(o.id) filter (where o.state in ('todo', 'doing')) as waiting,
    count(o.id) filter (where o.state = 'dead') as dead
from engine_partner p left join engine_outbox o on o.partner = p.code and o.state <> 'done' and o.state <> 'dropped' group by p.code order by p.code
