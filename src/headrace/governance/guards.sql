-- The audit hash and the digest over a batch's history, written once for append and verify; and the triggers that make history final.

create or replace function headrace_audit_hash(previous_hash bytea, at timestamptz, actor text, deed text, subject text, batch_id bigint, detail jsonb, rows_digest bytea)
returns bytea language sql stable parallel safe as $$
  select sha256(previous_hash || convert_to(concat_ws(chr(31), extract(epoch from at)::text, actor, deed, coalesce(subject, ''), coalesce(batch_id::text, ''), detail::text,
    coalesce(encode(rows_digest, 'hex'), '')), 'UTF8'))
$$;

-- `mark` is where the history's numbers stood before the batch: its rows lie above it, found by their key.
create or replace function headrace_history_digest(of_batch bigint, mark bigint) returns bytea language sql stable parallel safe as $$
  select sha256(convert_to(string_agg(concat_ws(chr(31), id, order_id, event, actor, detail::text), chr(30) order by id), 'UTF8'))
  from orders_history where id >= mark and batch_id = of_batch
$$;

create or replace function headrace_append_only() returns trigger language plpgsql as $$
begin
  raise exception '% is append-only: a row is never changed or removed; add a new one that corrects it', tg_table_name using errcode = 'restrict_violation';
end $$;

do $$
declare t text;
begin
  foreach t in array array['governance_audit', 'orders_history', 'exception_queue_case_event', 'stock_move', 'ledger_entry', 'ledger_leg', 'ledger_application',
      'engine_inbox_body', 'engine_batch', 'orders_tracking_event'] loop
    execute format('drop trigger if exists append_only on %I', t);
    execute format('create trigger append_only before update or delete on %I for each row execute function headrace_append_only()', t);
    execute format('drop trigger if exists no_truncate on %I', t);
    execute format('create trigger no_truncate before truncate on %I for each statement execute function headrace_append_only()', t);
  end loop;
end $$;

-- What orders, stock and ledger point at is retired, never removed: their links carry no constraint of their own (decision 0004).
create or replace function headrace_kept() returns trigger language plpgsql as $$
begin
  raise exception 'rows of % are never removed, because documents point at them; retire the row instead', tg_table_name using errcode = 'restrict_violation';
end $$;

do $$
declare t text;
begin
  foreach t in array array['catalog_item', 'catalog_node', 'catalog_channel', 'catalog_party', 'catalog_entity', 'orders_order', 'orders_fulfilment', 'orders_shipment',
      'ledger_invoice', 'ledger_account'] loop
    execute format('drop trigger if exists kept on %I', t);
    execute format('create trigger kept before delete on %I for each statement execute function headrace_kept()', t);
  end loop;
end $$;

-- A batch names the policy versions that it used: a version that was ever in force says the same for ever.
create or replace function headrace_policy_is_kept() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' or new.name <> old.name or new.version <> old.version or new.body <> old.body then
    raise exception 'version % of policy % was in force and is never changed or removed; draft a new version', old.version, old.name using errcode = 'restrict_violation';
  end if;
  return new;
end $$;

drop trigger if exists kept_as_it_was on governance_policy;
create trigger kept_as_it_was before update or delete on governance_policy for each row when (old.state <> 'draft') execute function headrace_policy_is_kept();
