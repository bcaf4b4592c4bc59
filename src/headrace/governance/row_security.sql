-- What a person of limited scope may read, kept by the database itself: while their page is made, the connection is in the role headrace_scoped.
-- A table without a line here shows that role nothing. The owner, and so workers, programs and people without limits, is not concerned.
do $$
begin
  if not exists (select from pg_roles where rolname = 'headrace_scoped') then
    begin
      create role headrace_scoped nologin;
    exception
      when duplicate_object or unique_violation then null;
      when insufficient_privilege then
        raise exception 'the role headrace_scoped is missing and % may not make it', current_user
          using hint = format('let an administrator of the server run: create role headrace_scoped nologin; grant headrace_scoped to %I with inherit false, set true;', current_user);
    end;
  end if;
  if not pg_has_role(current_user, 'headrace_scoped', 'set') then
    begin
      execute format('grant headrace_scoped to %I with inherit false, set true', current_user);
    exception when insufficient_privilege then
      raise exception '% may not take the role headrace_scoped', current_user
        using hint = format('let an administrator of the server run: grant headrace_scoped to %I with inherit false, set true;', current_user);
    end;
  end if;
end $$;

-- Whether an order has work at the nodes of the scope. With the owner's eyes, because the rows of fulfilments ask for the order in turn.
create or replace function headrace_order_within(of_order bigint) returns boolean language sql stable security definer set search_path from current as $$
  select exists (select from orders_fulfilment f where f.order_id = of_order
    and f.node_id = any (string_to_array(nullif(current_setting('headrace.nodes', true), '*'), ',')::bigint[]))
$$;

-- Every table that limited people see rows of, with the condition in short: in_channels(column), in_entities, in_nodes, at_nodes (also by the node's
-- entity), in_codes (channel codes), no_limit(dimension), has(table alias, condition) for rows that follow another row.
create or replace function headrace_scope_rules() returns table (name text, condition text) language sql stable as $$
  select unnest(array['catalog_field_owner', 'catalog_item', 'catalog_kit_component', 'catalog_node_closure', 'catalog_node_reach', 'catalog_price',
    'catalog_price_list', 'catalog_promotion', 'catalog_shipping_service', 'catalog_tax_rate', 'console_first_view', 'console_form_sent', 'console_preference',
    'console_savedview', 'console_upload', 'console_upload_row', 'engine_batch', 'engine_partner', 'engine_script', 'engine_stage_trouble', 'engine_worker',
    'exception_queue_handover', 'exception_queue_reason', 'exception_queue_wording', 'governance_policy', 'governance_role', 'ledger_account',
    'ledger_exchange_rate', 'orders_transition', 'purchasing_supplier_term', 'auth_user', 'django_session', 'django_content_type']), 'true'
  union all select unnest(array['orders_address', 'orders_basket', 'orders_decision', 'orders_discount', 'orders_history', 'orders_line', 'orders_waiver',
    'ledger_application', 'ledger_import_row', 'exception_queue_case']), 'exists (select from orders_order up where up.id = order_id)'
  union all select unnest(array['exception_queue_case_event', 'exception_queue_mention', 'exception_queue_bulk_row', 'exception_queue_attachment']),
    'exists (select from exception_queue_case up where up.id = case_id)'
  union all select unnest(array['stock_adjustment', 'stock_move', 'stock_count', 'stock_position', 'stock_reservation', 'purchasing_inbound_shipment', 'purchasing_receipt']),
    'at_nodes(node_id)'
  union all select unnest(array['catalog_listing', 'catalog_shipping_code']), 'in_channels(channel_id)'
  union all select unnest(array['ledger_correction', 'ledger_entry', 'ledger_number_series', 'ledger_period', 'ledger_slice']),
    'in_entities(entity_id) and no_limit(channels) and no_limit(nodes)'
  union all select unnest(array['ledger_document_slice', 'ledger_invoice', 'ledger_write_off']),
    'in_entities(entity_id) and in_codes(channel_code) and no_limit(nodes)'
  union all values
    ('catalog_channel', 'in_channels(id)'),
    ('catalog_entity', 'in_entities(id)'),
    ('catalog_node', 'in_nodes(id)'),
    ('catalog_party', 'in_channels(channel_id) or (channel_id is null and kind <> ''person'')'),
    ('engine_inbox', 'in_codes(partner) and no_limit(nodes)'),
    ('engine_inbox_body', 'exists (select from engine_inbox up where up.id = inbox_id)'),
    ('engine_outbox', 'in_codes(partner) and no_limit(nodes)'),
    ('exception_queue_bulk', 'actor = (select current_setting(''headrace.actor'', true))'),
    ('insight_channel_hour', 'in_channels(channel_id) and no_limit(nodes)'),
    ('ledger_invoice_line', 'exists (select from ledger_invoice up where up.id = invoice_id)'),
    ('ledger_leg', 'exists (select from ledger_entry up where up.id = entry_id)'),
    ('ledger_payout', 'in_entities(entity_id) and (no_limit(channels) or in_codes(partner)) and no_limit(nodes)'),
    ('ledger_payout_line', 'exists (select from ledger_payout up where up.id = payout_id)'),
    ('orders_order', 'in_channels(channel_id) and in_entities(entity_id) and (no_limit(nodes) or headrace_order_within(id))'),
    ('orders_fulfilment', 'in_nodes(node_id) and exists (select from orders_order up where up.id = order_id)'),
    ('orders_fulfilment_line', 'exists (select from orders_fulfilment up where up.id = fulfilment_id)'),
    ('orders_scan', 'exists (select from orders_fulfilment up where up.id = fulfilment_id)'),
    ('orders_shipment', 'in_nodes(node_id) and exists (select from orders_order up where up.id = order_id)'),
    ('orders_shipment_line', 'exists (select from orders_shipment up where up.id = shipment_id)'),
    ('orders_parcel', 'exists (select from orders_shipment up where up.id = shipment_id)'),
    ('orders_wave', 'at_nodes(node_id)'),
    ('orders_wave_fulfilment', 'exists (select from orders_fulfilment up where up.id = fulfilment_id)'),
    ('orders_manifest', 'at_nodes(node_id) and no_limit(channels) and no_limit(entities)'),
    ('orders_tracking_event', 'exists (select from orders_parcel up where up.id = parcel_id)'),
    ('orders_return', 'exists (select from orders_order up where up.id = order_id) or (order_id is null and in_channels(channel_id) and no_limit(nodes))'),
    ('orders_return_line', 'exists (select from orders_return up where up.id = return_doc_id)'),
    ('purchasing_milestone', 'exists (select from purchasing_inbound_shipment up where up.id = inbound_id)'),
    ('purchasing_purchase_order', 'in_entities(entity_id) and (no_limit(nodes) or exists (select from purchasing_inbound_shipment up where up.purchase_order_id = purchasing_purchase_order.id))'),
    ('purchasing_purchase_order_line', 'exists (select from purchasing_purchase_order up where up.id = purchase_order_id)'),
    ('purchasing_receipt_line', 'exists (select from purchasing_receipt up where up.id = receipt_id)'),
    ('purchasing_transfer', 'at_nodes(from_node_id) or at_nodes(to_node_id)'),
    ('purchasing_transfer_line', 'exists (select from purchasing_transfer up where up.id = transfer_id)'),
    ('stock_count_line', 'exists (select from stock_count up where up.id = document_id)'),
    ('stock_count_entry', 'exists (select from stock_count_line up where up.id = line_id)')
$$;

-- A condition written out. Each setting is read once per statement; one that is missing shows nothing, * shows all.
create or replace function headrace_scope_condition(short text) returns text language sql immutable as $$
  select regexp_replace(regexp_replace(replace(replace(replace(short,
      'in_channels(', 'own_channels('), 'at_nodes(', 'own_nodes('), 'in_codes(', 'channel_codes('),
    '(?:in_)?(own_channels|own_nodes|entities|nodes)\((\w+)\)',
    '((select current_setting(''headrace.\1'', true)) = ''*'' or \2 = any ((select string_to_array(nullif(current_setting(''headrace.\1'', true), ''*''), '','')::bigint[])::bigint[]))', 'g'),
    'channel_codes\((\w+)\)',
    '((select current_setting(''headrace.channel_codes'', true)) = ''*'' or \1 = any ((select string_to_array(current_setting(''headrace.channel_codes'', true), '',''))::text[]))', 'g')
$$;

-- Closes every table that is not closed yet and makes the policies that are missing; after every migration.
create or replace function headrace_scope_tables() returns void language plpgsql as $$
declare
  it record;
begin
  execute format('grant usage on schema %I to headrace_scoped', current_schema());
  for it in select c.oid, c.relname, c.relrowsecurity from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
  loop
    if not it.relrowsecurity then
      execute format('alter table %I enable row level security', it.relname);
    end if;
    if it.relname = 'auth_user' then
      grant select (id, username, email, first_name, last_name, is_active, is_staff, is_superuser, last_login, date_joined) on auth_user to headrace_scoped;
    elsif it.relname like 'console\_%' then
      execute format('grant select, insert, update, delete on %I to headrace_scoped', it.relname);
    else
      execute format('grant select on %I to headrace_scoped', it.relname);
    end if;
  end loop;
  for it in
    select r.name, case when r.name like 'console\_%' then 'all' else 'select' end as command,
      regexp_replace(headrace_scope_condition(r.condition), 'no_limit\((\w+)\)', '((select current_setting(''headrace.\1'', true)) = ''*'')', 'g') as condition
    from headrace_scope_rules() r join pg_class c on c.relname = r.name and c.relnamespace = current_schema()::regnamespace
    where not exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'scoped')
  loop
    execute format('create policy scoped on %I for %s to headrace_scoped using (%s)', it.name, it.command, it.condition);
  end loop;
end $$;

-- A new version of this file makes every policy anew.
do $$
declare
  it record;
begin
  for it in select c.relname from pg_policy p join pg_class c on c.oid = p.polrelid where p.polname = 'scoped' and c.relnamespace = current_schema()::regnamespace
  loop
    execute format('drop policy scoped on %I', it.relname);
  end loop;
  perform headrace_scope_tables();
end $$;
