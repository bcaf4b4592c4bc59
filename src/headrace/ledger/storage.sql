-- Invoices are rewritten when they are paid and when the payout explains them.
alter table ledger_invoice set (fillfactor = 75);
alter table ledger_payment set (fillfactor = 80);
