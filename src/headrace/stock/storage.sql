-- Positions of items that sell are rewritten all day; reservations once, when they end.
alter table stock_position set (fillfactor = 50);
alter table stock_reservation set (fillfactor = 70);
