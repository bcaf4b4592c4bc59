-- What people search an address by: each word of name and company, the telephone's digits from the last to the first behind a +, the postcode behind a =.
-- One expression, so that an index takes it in without calling a function for every row.
create or replace function headrace_address_words(name text, company text, phone text, postcode text) returns tsvector language sql immutable parallel safe as $$
    select array_to_tsvector(array_remove(array_remove(
        string_to_array(lower(translate(left(coalesce(name, ''), 200) || ' ' || left(coalesce(company, ''), 200), '.,;:-_/&()''’"+=', '               ')), ' ')
        || ('+' || reverse(left(ltrim(regexp_replace(phone, '[^0-9]', '', 'g'), '0'), 40))) || ('=' || lower(regexp_replace(left(postcode, 40), '[^[:alnum:]]', '', 'g'))), ''), null))
$$;
comment on function headrace_address_words(text, text, text, text) is 'Words by which people search an address: name, company, telephone from its end, postcode';
