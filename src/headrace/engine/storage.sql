-- Rows that are rewritten several times in their life keep room on their page, so that a rewrite stays there and touches no index.
alter table engine_inbox set (fillfactor = 70);
-- Bodies are read once or twice and are of text that hardly shrinks in time: out of line, without spending the processor on packing them.
alter table engine_inbox_body alter column body set storage external;
