-- Rows that are rewritten several times in their life keep room on their page, so that a rewrite stays there and touches no index.
alter table orders_order set (fillfactor = 60);
alter table orders_line set (fillfactor = 50);
alter table orders_fulfilment set (fillfactor = 70);
alter table orders_fulfilment_line set (fillfactor = 75);
alter table orders_shipment set (fillfactor = 80);
