-- The SQL twin of values/money.py: the same rounding, the same split, tested against each other.

create or replace function headrace_minor_digits(currency text) returns int language sql immutable parallel safe as $$
  select case
    when currency in ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') then 0
    when currency in ('BHD','IQD','JOD','KWD','LYD','OMR','TND') then 3
    when currency in ('CLF','UYW') then 4
    else 2 end
$$;

-- Half away from zero, as Python's ROUND_HALF_UP.
create or replace function headrace_round_minor(amount numeric, currency text) returns bigint language sql immutable parallel safe as $$
  select round(amount * power(10::numeric, headrace_minor_digits(currency)))::bigint
$$;

-- Largest remainder, ties to the earlier part; all-zero weights count as equal. Negative totals mirror positive ones.
create or replace function headrace_split(total bigint, weights bigint[]) returns bigint[] language sql immutable parallel safe as $$
  with part as (
    select n, case when max(w) over () = 0 then 1 else w end::numeric as w from unnest(weights) with ordinality as t(w, n)
  ),
  share as (
    select n, div(abs(total) * w, sum(w) over ()) as base, mod(abs(total) * w, sum(w) over ()) as remainder from part
  ),
  ranked as (
    select n, base, row_number() over (order by remainder desc, n) as place, abs(total) - sum(base) over () as left_over from share
  )
  select coalesce(array_agg((sign(total) * (base + case when place <= left_over then 1 else 0 end))::bigint order by n), '{}') from ranked
$$;
