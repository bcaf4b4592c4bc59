-- The SQL twin of values/money.py and values/splitting.py: the same rounding, the same tax, the same split, tested against each other.
-- Every function is immutable and parallel safe; those of one expression are inlined into the query that calls them. Run it again at will.
--
-- To split many amounts in one statement without a call per amount, write the split out with windows over the group. With a query `part`
-- that gives one row per part (group_id, n = its place, total bigint, weight bigint, not all weights of a group zero):
--
-- pattern:
--   cut as (
--     select group_id, n, total, div(abs(total::numeric) * weight, sum(weight) over parts) as share, mod(abs(total::numeric) * weight, sum(weight) over parts) as lost
--     from part window parts as (partition by group_id)
--   ),
--   placed as (
--     select group_id, n, total, share, abs(total::numeric) - sum(share) over (partition by group_id) as left_over,
--       row_number() over (partition by group_id order by lost desc, n) as place
--     from cut
--   )
--   select group_id, n, (case when total < 0 then -1 else 1 end * (share + case when place <= left_over then 1 else 0 end))::bigint as part
--   from placed
-- end of pattern

create or replace function headrace_unknown_currency(currency text) returns int language plpgsql immutable parallel safe as $$
begin
  raise exception 'currency "%" is not in ISO 4217', currency using errcode = 'invalid_parameter_value', hint = 'Write the three-letter code in capitals, as in USD.';
end
$$;

-- Decimals of a currency: 2 for USD, 0 for JPY. Unknown codes are an error, as in Python; null gives null.
create or replace function headrace_minor_digits(currency text) returns int language sql immutable parallel safe as $$
  select case
    when currency in (
      'AED','AFN','ALL','AMD','AOA','ARS','AUD','AWG','AZN','BAM','BBD','BDT','BMD','BND','BOB','BOV','BRL','BSD','BTN','BWP','BYN','BZD','CAD',
      'CDF','CHE','CHF','CHW','CNY','COP','COU','CRC','CUP','CVE','CZK','DKK','DOP','DZD','EGP','ERN','ETB','EUR','FJD','FKP','GBP','GEL','GHS',
      'GIP','GMD','GTQ','GYD','HKD','HNL','HTG','HUF','IDR','ILS','INR','IRR','JMD','KES','KGS','KHR','KPW','KYD','KZT','LAK','LBP','LKR','LRD',
      'LSL','MAD','MDL','MGA','MKD','MMK','MNT','MOP','MRU','MUR','MVR','MWK','MXN','MXV','MYR','MZN','NAD','NGN','NIO','NOK','NPR','NZD','PAB',
      'PEN','PGK','PHP','PKR','PLN','QAR','RON','RSD','RUB','SAR','SBD','SCR','SDG','SEK','SGD','SHP','SLE','SOS','SRD','SSP','STN','SVC','SYP',
      'SZL','THB','TJS','TMT','TOP','TRY','TTD','TWD','TZS','UAH','USD','USN','UYU','UZS','VED','VES','WST','XAD','XCD','XCG','YER','ZAR','ZMW',
      'ZWG'
    ) then 2
    when currency in ('BIF','CLP','DJF','GNF','ISK','JPY','KMF','KRW','PYG','RWF','UGX','UYI','VND','VUV','XAF','XOF','XPF') then 0
    when currency in ('BHD','IQD','JOD','KWD','LYD','OMR','TND') then 3
    when currency in ('CLF','UYW') then 4
    when currency is not null then headrace_unknown_currency(currency) end
$$;

-- Minor units of an amount, half away from zero, as Python's ROUND_HALF_UP.
create or replace function headrace_round_minor(amount numeric, digits int) returns bigint language sql immutable parallel safe as $$
  select round(amount * power(10::numeric, digits))::bigint
$$;

create or replace function headrace_round_minor(amount numeric, currency text) returns bigint language sql immutable parallel safe as $$
  select round(amount * power(10::numeric, headrace_minor_digits(currency)))::bigint
$$;

-- Tax on a net amount and tax inside a gross one, minor units, half away from zero; the rate is a share (0.19).
create or replace function headrace_tax_on(net bigint, rate numeric) returns bigint language sql immutable parallel safe as $$
  select round(net * rate)::bigint
$$;

-- Division of numerics is cut to some digits, which could round a second time; div() of whole numbers is exact.
create or replace function headrace_tax_inside(gross bigint, rate numeric) returns bigint language sql immutable parallel safe as $$
  select div(2 * gross * rate + sign(gross::numeric) * (1 + rate), 2 * (1 + rate))::bigint
$$;

-- Largest remainder, ties to the earlier part; weights that are all zero count as equal. A negative total mirrors the positive one.
-- A negative or missing weight is an error, and so is nothing to split among unless the total is zero. All in numeric: no product overflows.
create or replace function headrace_split(total bigint, weights bigint[]) returns bigint[] language plpgsql immutable parallel safe strict as $$
declare
  n constant int := cardinality(weights);
  left_over numeric := abs(total::numeric);
  rest constant numeric := left_over;
  whole numeric := 0;
  parts numeric[] := '{}';
  lost numeric[];
  most int;
begin
  if n = 0 and total <> 0 then
    raise exception '% minor units cannot be split among nothing', total using errcode = 'invalid_parameter_value';
  end if;
  for i in 1 .. n loop
    if (weights[i] >= 0) is not true then
      raise exception 'weights must be given and must not be negative: %', weights using errcode = 'invalid_parameter_value';
    end if;
    whole := whole + weights[i];
  end loop;
  if whole = 0 then
    weights := array_fill(1::bigint, array[n]);
    whole := n;
  end if;
  for i in 1 .. n loop
    parts[i] := div(rest * weights[i], whole);
    lost[i] := rest * weights[i] - parts[i] * whole;
    left_over := left_over - parts[i];
  end loop;
  if left_over * n > 100 then -- from here on sorting costs less than looking through all parts again and again
    for most in select place from unnest(lost) with ordinality as cut (remainder, place) order by remainder desc, place limit left_over loop
      parts[most] := parts[most] + 1;
    end loop;
  else
    for turn in 1 .. left_over::int loop
      most := 1;
      for i in 2 .. n loop
        if lost[i] > lost[most] then most := i; end if;
      end loop;
      parts[most] := parts[most] + 1;
      lost[most] := -1;
    end loop;
  end if;
  if total < 0 then
    for i in 1 .. n loop parts[i] := -parts[i]; end loop;
  end if;
  return parts;
end
$$;
