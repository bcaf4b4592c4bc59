-- name: moved_plus_parked_is_taken
select count(*) as violations from engine_batch where taken <> moved + parked

-- name: on_hand_covers_reserved
select count(*) as violations from stock_position where reserved_each < 0 or reserved_each > on_hand_each

-- name: moves_make_the_position
select count(*) as violations from (
    select p.item_id from stock_position p
    full join (select item_id, node_id, sum(qty_each) filter (where bucket = 'on_hand') as on_hand, sum(qty_each) filter (where bucket = 'damaged') as damaged,
            sum(qty_each) filter (where bucket = 'quarantine') as quarantine, sum(qty_each) filter (where bucket = 'in_transit') as in_transit from stock_move group by item_id, node_id) m
        on m.item_id = p.item_id and m.node_id = p.node_id
    where coalesce(p.on_hand_each, 0) <> coalesce(m.on_hand, 0) or coalesce(p.damaged_each, 0) <> coalesce(m.damaged, 0)
        or coalesce(p.quarantine_each, 0) <> coalesce(m.quarantine, 0) or coalesce(p.in_transit_each, 0) <> coalesce(m.in_transit, 0)) bad

-- name: live_reservations_make_reserved
select count(*) as violations from (
    select 1 from stock_position p
    full join (select item_id, node_id, sum(qty_each) as qty from stock_reservation where ended_at is null group by item_id, node_id) r on r.item_id = p.item_id and r.node_id = p.node_id
    where coalesce(p.reserved_each, 0) <> coalesce(r.qty, 0)) bad

-- name: lines_hold_what_is_reserved
-- A line's allocated pieces less the shipped ones are what its live reservations hold (kits by their recipe).
select count(*) as violations from (
    select l.id from orders_line l
    left join (select line_id, item_id, sum(qty_each) as qty, max(per_kit_each) as per_kit from stock_reservation where ended_at is null group by line_id, item_id) r on r.line_id = l.id
    where l.kind = 'goods' and l.qty_allocated_each - l.qty_shipped_each > 0 and coalesce(r.qty, 0) < (l.qty_allocated_each - l.qty_shipped_each)) bad

-- name: orders_add_up
-- The counts on an order are the sums of its lines.
select count(*) as violations from (
    select o.id from orders_order o join (
        select order_id, sum(qty_ordered_each) as ordered, sum(qty_cancelled_each) as cancelled, sum(qty_allocated_each) as allocated, sum(qty_shipped_each) as shipped, sum(qty_invoiced_each) as invoiced
        from orders_line where kind = 'goods' group by order_id) l on l.order_id = o.id
    where (o.qty_ordered_each, o.qty_cancelled_each, o.qty_allocated_each, o.qty_shipped_each, o.qty_invoiced_each)
        is distinct from (l.ordered, l.cancelled, l.allocated, l.shipped, l.invoiced)) bad

-- name: entries_balance
select count(*) as violations from (select 1 from ledger_leg group by entry_id, currency having sum(amount_minor) <> 0) bad

-- name: every_entry_has_legs
select count(*) as violations from ledger_entry e where not exists (select 1 from ledger_leg l where l.entry_id = e.id)

-- name: slices_tie_to_legs
select count(*) as violations from (
    select 1 from (select entity_id, account_id, currency, posted_on, sum(debit_minor) as debit, sum(credit_minor) as credit, sum(legs) as legs, min(first_entry_id) as first, max(last_entry_id) as last
        from ledger_slice group by 1, 2, 3, 4) s
    full join (select e.entity_id, l.account_id, l.currency, e.posted_on, sum(greatest(l.amount_minor, 0)) as debit, sum(greatest(-l.amount_minor, 0)) as credit, count(*) as legs, min(e.id) as first, max(e.id) as last
        from ledger_leg l join ledger_entry e on e.id = l.entry_id group by 1, 2, 3, 4) b using (entity_id, account_id, currency, posted_on)
    where (s.debit, s.credit, s.legs, s.first, s.last) is distinct from (b.debit, b.credit, b.legs, b.first, b.last)) bad

-- name: document_slices_tie_to_invoices
select count(*) as violations from (
    select 1 from (select entity_id, channel_code, kind, currency, jurisdiction, issued_on, sum(documents) as documents, sum(taxable_minor) as taxable, sum(exempt_minor) as exempt, sum(tax_minor) as tax
        from ledger_document_slice group by 1, 2, 3, 4, 5, 6) s
    full join (select entity_id, channel_code, kind, currency, coalesce(tax_jurisdiction, 'none') as jurisdiction, issued_on, count(*) as documents,
            sum(case when tax_minor <> 0 then total_minor - tax_minor else 0 end) as taxable, sum(case when tax_minor = 0 then total_minor else 0 end) as exempt, sum(tax_minor) as tax
        from ledger_invoice group by 1, 2, 3, 4, 5, 6) b using (entity_id, channel_code, kind, currency, jurisdiction, issued_on)
    where (s.documents, s.taxable, s.exempt, s.tax) is distinct from (b.documents, b.taxable, b.exempt, b.tax)) bad

-- name: receivable_ties_to_invoices
-- Per channel and currency: what the ledger says customers owe is what invoices leave open; credit memos that were not given back yet and write-offs are taken off.
select count(*) as violations from (
    select coalesce(g.channel, s.channel) from (
        select split_part(a.code, ':', 2) as channel, l.currency, sum(l.amount_minor) as amount from ledger_leg l join ledger_account a on a.id = l.account_id
        where a.root = 'receivable' group by 1, 2) g
    full join (
        select channel, currency, sum(minor) as amount from (
            select channel_code as channel, currency, case kind when 'credit_memo' then paid_minor - total_minor else total_minor - paid_minor end as minor from ledger_invoice
            union all select channel_code, currency, -amount_minor from ledger_write_off) owed group by 1, 2) s
        on s.channel = g.channel and s.currency = g.currency
    left join (
        select c.code as channel, p.currency, sum(p.amount_minor - p.deposit_minor) as amount from ledger_payment p join orders_order o on o.id = p.order_id
        join catalog_channel c on c.id = o.channel_id where p.kind = 'refunded' group by 1, 2) r on r.channel = coalesce(g.channel, s.channel) and r.currency = coalesce(g.currency, s.currency)
    where coalesce(g.amount, 0) <> coalesce(s.amount, 0) + coalesce(r.amount, 0)) bad

-- name: deposits_tie_to_payments
-- Per channel and currency: what we hold for customers is what was taken for orders as such, less what invoices have used and what was given back of it.
select count(*) as violations from (
    select 1 from (
        select split_part(a.code, ':', 2) as channel, l.currency, -sum(l.amount_minor) as amount from ledger_leg l join ledger_account a on a.id = l.account_id
        where a.root = 'deposits' group by 1, 2) g
    full join (
        select c.code as channel, m.currency, sum(m.minor) as amount from (
            select order_id, currency, case kind when 'captured' then amount_minor else -deposit_minor end as minor from ledger_payment
            where order_id is not null and (kind = 'captured' and invoice_id is null or kind = 'refunded')
            union all select a.order_id, i.currency, -a.amount_minor from ledger_application a join ledger_invoice i on i.id = a.invoice_id) m
        join orders_order o on o.id = m.order_id join catalog_channel c on c.id = o.channel_id group by 1, 2) s on s.channel = g.channel and s.currency = g.currency
    where coalesce(g.amount, 0) <> coalesce(s.amount, 0)) bad

-- name: inventory_ties_to_moves
-- Per node: the ledger's stock value is the sum of its moves.
select count(*) as violations from (
    select 1 from (
        select split_part(a.code, ':', 2) as node, sum(l.amount_minor) as amount from ledger_leg l join ledger_account a on a.id = l.account_id where a.root = 'inventory' group by 1) g
    full join (select n.code as node, sum(m.cost_minor) as amount from stock_move m join catalog_node n on n.id = m.node_id group by n.code) s on s.node = g.node
    where coalesce(g.amount, 0) <> coalesce(s.amount, 0)) bad

-- name: clearing_ties_to_payments
-- Per gateway: what it still holds for us is what was captured less refunds, chargebacks and what payouts explained.
select count(*) as violations from (
    select 1 from (
        select split_part(a.code, ':', 2) as gateway, l.currency, sum(l.amount_minor) as amount from ledger_leg l join ledger_account a on a.id = l.account_id where a.root = 'clearing' group by 1, 2) g
    full join (
        select gateway, currency, sum(case kind when 'captured' then amount_minor when 'refunded' then -amount_minor when 'chargeback' then -amount_minor else 0 end) filter (where payout_id is null) as amount
        from ledger_payment group by 1, 2) s on s.gateway = g.gateway and s.currency = g.currency
    where coalesce(g.amount, 0) <> coalesce(s.amount, 0)) bad

-- name: payouts_foot
select count(*) as violations from ledger_payout o where o.state = 'posted' and o.deposit_minor <> (select coalesce(sum(net_minor), 0) from ledger_payout_line l where l.payout_id = o.id)

-- name: suspense_ties_to_explanations
-- Per gateway and currency: lines explained by hand whose payout is not posted yet, less lines of posted payouts that nobody explains any more; and no explanation that its line does not know.
select (select count(*) from (
        select split_part(a.code, ':', 2) as gateway, l.currency, sum(l.amount_minor) as amount from ledger_leg l join ledger_account a on a.id = l.account_id where a.root = 'payout_suspense' group by 1, 2) g
    full join (
        select o.partner as gateway, o.currency, sum(case when o.state = 'posted' then -l.gross_minor else l.gross_minor end) as amount from ledger_payout_line l join ledger_payout o on o.id = l.payout_id
        where l.kind in ('charge', 'refund', 'chargeback', 'difference') and case when o.state = 'posted' then l.payment_id is null and l.explanation_id is null else l.explanation_id is not null end
        group by 1, 2) s on s.gateway = g.gateway and s.currency = g.currency
    where coalesce(g.amount, 0) <> coalesce(s.amount, 0))
    + (select count(*) from ledger_payout_explanation x where x.taken_back_at is null
        and not exists (select from ledger_payout_line l where l.payout_id = x.payout_id and l.line_no = x.line_no and l.explanation_id = x.id and l.payment_id is not distinct from x.payment_id)) as violations

-- name: money_within_bounds
-- Refunded <= captured <= authorised; and the payments say the same as the order.
select count(*) as violations from (
    select o.id from orders_order o left join (
        select order_id, sum(amount_minor) filter (where kind = 'captured') as captured, sum(amount_minor) filter (where kind = 'refunded') as refunded from ledger_payment group by order_id) p on p.order_id = o.id
    where o.refunded_minor > o.captured_minor or o.captured_minor > o.authorised_minor or coalesce(p.captured, 0) <> o.captured_minor or coalesce(p.refunded, 0) <> o.refunded_minor) bad

-- name: invoices_within_orders
-- No line is invoiced beyond what was ordered; a whole order's invoices are its total to the cent.
select count(*) as violations from (
    select o.id from orders_order o join (select order_id, sum(total_minor) as total from ledger_invoice where kind = 'invoice' and origin in ('shipment', 'order') group by order_id) i
        on i.order_id = o.id
    where o.invoiced_minor <> i.total or (o.qty_invoiced_each = o.qty_ordered_each and i.total <> o.total_minor
        and not exists (select from orders_line l where l.order_id = o.id and l.qty_cancelled_each > 0))) bad

-- name: invoice_lines_make_invoices
select count(*) as violations from (
    select i.id from ledger_invoice i join (select invoice_id, sum(goods_minor) as goods, sum(discount_minor) as discount, sum(tax_minor) as tax from ledger_invoice_line group by invoice_id) l on l.invoice_id = i.id
    where i.goods_minor <> l.goods or i.discount_minor <> l.discount) bad

-- name: numbers_have_no_gap
select count(*) as violations from (
    select s.entity_id from ledger_number_series s left join (select entity_id, series, count(*) as n, max(number) as top from ledger_invoice group by 1, 2) i
        on i.entity_id = s.entity_id and i.series = s.series where coalesce(i.n, 0) <> s.last or coalesce(i.top, 0) <> s.last) bad

-- name: exactly_once
-- One order per channel and reference, one shipment per confirmation, one bill per reference of its source, one payment per event: the unique keys say so; this looks for messages that made two rows.
select count(*) as violations from (
    select 1 from orders_order group by channel_id, external_ref having count(*) > 1
    union all select 1 from orders_shipment group by node_id, external_ref having count(*) > 1
    union all select 1 from ledger_invoice where external_ref is not null group by channel_code, kind, external_ref having count(*) > 1
    union all select 1 from ledger_payment group by gateway, external_ref, kind having count(*) > 1) bad

-- name: nothing_lost
-- Every message waits, is finished with an outcome, or is parked with an open or closed case.
select count(*) as violations from engine_inbox i where (i.state = 'done' and i.outcome is null)
    or (i.state = 'parked' and not exists (select 1 from exception_queue_case c where c.document = 'inbox' and c.document_id = i.id))
    or not exists (select 1 from engine_inbox_body b where b.inbox_id = i.id)

-- name: held_has_a_case
select count(*) as violations from orders_order o where o.hold = 'held' and not exists (select 1 from exception_queue_case c where c.order_id = o.id and c.state <> 'resolved')

-- name: no_orphans
-- Rows that are written by a join, without a constraint (decision 0004).
select (select count(*) from ledger_leg l where not exists (select 1 from ledger_entry e where e.id = l.entry_id))
    + (select count(*) from ledger_leg l where not exists (select 1 from ledger_account a where a.id = l.account_id))
    + (select count(*) from orders_shipment_line l where not exists (select 1 from orders_shipment s where s.id = l.shipment_id))
    + (select count(*) from orders_fulfilment_line l where not exists (select 1 from orders_fulfilment f where f.id = l.fulfilment_id))
    + (select count(*) from orders_scan s where not exists (select 1 from orders_fulfilment_line l where l.id = s.line_id and l.fulfilment_id = s.fulfilment_id))
    + (select count(*) from orders_wave_fulfilment m where not exists (select 1 from orders_wave w join orders_fulfilment f on f.node_id = w.node_id where w.id = m.wave_id and f.id = m.fulfilment_id))
    + (select count(*) from ledger_invoice_line l where not exists (select 1 from ledger_invoice i where i.id = l.invoice_id))
    + (select count(*) from orders_address a where not exists (select 1 from orders_order o where o.id = a.order_id))
    + (select count(*) from orders_line l where not exists (select 1 from orders_order o where o.id = l.order_id))
    + (select count(*) from orders_line l where l.item_id is not null and not exists (select 1 from catalog_item i where i.id = l.item_id))
    + (select count(*) from orders_order o where not exists (select 1 from catalog_channel c where c.id = o.channel_id))
    + (select count(*) from orders_order o where o.party_id is not null and not exists (select 1 from catalog_party p where p.id = o.party_id))
    + (select count(*) from orders_fulfilment f where not exists (select 1 from orders_order o where o.id = f.order_id))
    + (select count(*) from orders_shipment s where not exists (select 1 from orders_fulfilment f where f.id = s.fulfilment_id)) as violations

-- name: ledger_sum
select coalesce(sum(amount_minor), 0)::bigint as total from ledger_leg
