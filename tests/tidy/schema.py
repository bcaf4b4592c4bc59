"""The schema as text: what a migrated database holds, sorted, so that two of them can be compared by reading."""

from __future__ import annotations

from collections.abc import Iterator

from headrace.engine.queries import run

# Tables of other packages are theirs to describe; their names are enough.
FOREIGN = ("auth_", "django_", "procrastinate_", "account_", "socialaccount_", "mfa_", "axes_")

_COLUMNS = """
select c.relname as table_name, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as is_filled, col_description(c.oid, a.attnum) as comment,
    case when a.attidentity <> '' then 'identity' when a.attgenerated <> '' then 'generated as ' || pg_get_expr(d.adbin, d.adrelid)
        when d.adbin is not null then 'default ' || pg_get_expr(d.adbin, d.adrelid) end as given
from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped order by c.relname, a.attname
"""
_TABLES = """
select relname as name, obj_description(oid, 'pg_class') as comment, array_to_string(reloptions, ', ') as options from pg_class
where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname
"""
_CONSTRAINTS = """
select conrelid::regclass::text as table_name, conname as name, pg_get_constraintdef(oid) as definition from pg_constraint
where connamespace = 'public'::regnamespace and conrelid <> 0 and contype <> 'n' order by 1, 2
"""
_INDEXES = """
select tablename as table_name, indexname as name, regexp_replace(indexdef, '^CREATE (UNIQUE )?INDEX \\S+ ON public\\.\\S+ ', '\\1') as definition from pg_indexes i
where schemaname = 'public' and not exists (select 1 from pg_constraint c where c.conname = i.indexname) order by 1, 2
"""
_TRIGGERS = """
select tgrelid::regclass::text as table_name, tgname as name, pg_get_triggerdef(oid) as definition from pg_trigger where not tgisinternal order by 1, 2
"""
_FUNCTIONS = """
select p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' as name, md5(pg_get_functiondef(p.oid)) as hash from pg_proc p
where p.pronamespace = 'public'::regnamespace and p.prokind = 'f' and not exists (select 1 from pg_depend d where d.objid = p.oid and d.deptype = 'e') order by 1
"""


def is_ours(table: str) -> bool:
    return not table.startswith(FOREIGN)


def describe() -> str:
    """The schema of the database that Django is connected to."""
    parts: dict[str, list[str]] = {
        t.name: [f"table {t.name}{f' with ({t.options})' if t.options else ''}: {t.comment}"] for t in run(_TABLES) if is_ours(t.name)
    }
    for c in run(_COLUMNS):
        if c.table_name in parts:
            parts[c.table_name].append(f"  {c.name} {c.type}{' not null' if c.is_filled else ''}{f' {c.given}' if c.given else ''}: {c.comment}")
    for kind, text in (("constraint", _CONSTRAINTS), ("index", _INDEXES), ("trigger", _TRIGGERS)):
        for row in run(text):
            if row.table_name in parts:
                parts[row.table_name].append(f"  {kind} {row.name}: {row.definition}")
    functions = [f"function {f.name} {f.hash}" for f in run(_FUNCTIONS) if f.name.startswith("headrace_")]
    others = "tables of other packages: " + ", ".join(t.name for t in run(_TABLES) if not is_ours(t.name))
    return "\n\n".join("\n".join(lines) for lines in [*parts.values(), functions, [others]]) + "\n"


def uncommented() -> Iterator[str]:
    """Tables and columns of ours without a comment."""
    for t in run(_TABLES):
        if is_ours(t.name) and not (t.comment or "").strip():
            yield t.name
    for c in run(_COLUMNS):
        if is_ours(c.table_name) and not (c.comment or "").strip():
            yield f"{c.table_name}.{c.name}"
