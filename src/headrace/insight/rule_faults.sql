-- name: codes_of_the_network
select (select coalesce(array_agg(code), '{}') from catalog_node) as nodes, (select coalesce(array_agg(code), '{}') from catalog_node where is_active) as active_nodes,
    (select coalesce(array_agg(distinct kind), '{}') from catalog_node where is_active) as kinds, (select coalesce(array_agg(code), '{}') from catalog_channel) as channels,
    (select coalesce(array_agg(distinct country), '{}') from catalog_node) as home_countries, (select coalesce(array_agg(distinct currency), '{}') from catalog_channel) as currencies
