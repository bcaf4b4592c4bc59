-- Invoices are rewritten when they are paid and when the payout explains them.
alter table ledger_invoice set (fillfactor = 75);
alter table ledger_payment set (fillfactor = 75);
-- Payout lines once, when their payment is found.
alter table ledger_payout_line set (fillfactor = 75);
