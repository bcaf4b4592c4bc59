"""Every sentence that a person can read, gathered from templates, code and declarations, and the catalogues that say it in another language.

A catalogue is `src/headrace/locale/<language>/LC_MESSAGES/django.po`, for people, with a compiled `.mo` beside it, for Django. `make words` brings both up to
what the code says: new sentences come in empty, old ones go. No gettext programs are needed; Babel reads and writes the files.
"""

from __future__ import annotations

import inspect
import io
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "src" / "headrace"
LOCALES = SOURCES / "locale"
LANGUAGES = ("de",)
PO_WIDTH = 160

KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
_NO_DATE = datetime(2026, 1, 1, tzinfo=UTC)  # so that the same sentences make the same file
HOLE = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%[sd]|%%")
Message = tuple[str, ...]  # one sentence, or its singular and its plural


def in_templates() -> Iterator[tuple[Message, str | None]]:
    """Sentences of `{% translate %}` and `{% blocktranslate %}`, with their context."""
    from django.utils.translation.template import templatize

    for file in sorted(SOURCES.glob("*/templates/**/*.html")):
        told = templatize(file.read_text("utf-8"), origin=str(file.relative_to(ROOT)))
        yield from _in_code("\n".join(line.lstrip() for line in told.splitlines()))  # the indentation is HTML's, and would not be Python's


def in_code() -> Iterator[tuple[Message, str | None]]:
    """Sentences that Python passes to gettext and its kin."""
    for file in sorted(SOURCES.rglob("*.py")):
        if not {"migrations", "tests"} & set(file.parts):
            yield from _in_code(file.read_text("utf-8"))


def _in_code(text: str) -> Iterator[tuple[Message, str | None]]:
    for _line, message, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
        if message and (message if isinstance(message, str) else message[0]):
            yield ((message,) if isinstance(message, str) else tuple(message[:2])), context


def declared() -> Iterator[str]:
    """Sentences and words that the rooms below declare, and that pages show by way of gettext: actions, reasons, permissions, roles, policies, states."""
    from django.apps import apps
    from django.db.models import CheckConstraint

    import headrace.urls  # noqa: F401 - so that every room has declared its actions
    from headrace.engine import by_name
    from headrace.engine.action import actions
    from headrace.exception_queue.reasons import Severity, Team, reasons
    from headrace.flow.release.cancelling import CANCEL_REASONS
    from headrace.flow.release.shortfalls import REASONS as SHORT_REASONS
    from headrace.flow.validate.checks import checks
    from headrace.governance import access, policies
    from headrace.insight.finding import STATUSES
    from headrace.insight.floor import STATES as FLOOR_STATES
    from headrace.orders.states import TRACKING_RANK
    from headrace.stock.counting import REASONS as CORRECTION_REASONS
    from headrace.stock.moving import ADJUST_REASONS

    ours = {name for name, done in actions().items() if ".demo." not in done.function.__module__}
    for name in sorted(ours):
        yield actions()[name].says
    for told in by_name.described():
        if told["name"] not in ours:
            continue
        yield told["help"]
        yield from (name.replace("_", " ").removesuffix(" id") for name in told["parameters"]["properties"])
    for reason in reasons().values():
        yield from (reason.called, reason.says, inspect.cleandoc(reason.sop))
    yield from (check.fix for check in checks().values())
    yield from access.PERMISSIONS.values()
    yield from (name for name, _permissions in access.ROLES.values())
    yield from (policy.says for policy in policies.declared().values())
    yield from (
        word.replace("_", " ") for word in (*STATUSES, *CANCEL_REASONS, *SHORT_REASONS, *CORRECTION_REASONS, *ADJUST_REASONS, *TRACKING_RANK, *FLOOR_STATES)
    )
    for words in (Team, Severity):
        yield from (str(word).replace("_", " ") for word in words)
    for model in apps.get_models():
        if model.__module__.startswith("headrace."):
            for constraint in model._meta.constraints:
                if isinstance(constraint, CheckConstraint):
                    yield from _words_of(constraint.condition)


def _words_of(condition: object) -> Iterator[str]:
    """The words of a `field in (...)` condition, as pages write them."""
    for child in getattr(condition, "children", ()):
        if isinstance(child, tuple) and child[0].endswith("__in") and all(isinstance(word, str) for word in child[1]):
            yield from (word.replace("_", " ") for word in child[1] if word)


def everything() -> dict[tuple[str, str | None], Message]:
    """Every sentence by its first form and its context."""
    found: dict[tuple[str, str | None], Message] = {}
    for message, context in (*in_templates(), *in_code(), *(((text,), None) for text in declared() if text)):
        known = found.get((message[0], context), ())
        found[message[0], context] = max(known, message, key=len)
    return found


def place(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "django.po"


def kept(language: str) -> Catalog:
    """The catalogue as it is kept."""
    file = place(language)
    if not file.exists():
        return Catalog(locale=language)
    with file.open("rb") as text:
        return read_po(text, locale=language)


def renewed(language: str) -> Catalog:
    """The catalogue with exactly the sentences of the code, said as before where they were said before."""
    before, after = kept(language), Catalog(locale=language, project="Headrace", version="", charset="utf-8")
    for (first, context), message in sorted(everything().items(), key=lambda item: (item[0][0], item[0][1] or "")):
        known = before.get(first, context)
        said = known.string if known else ""
        if len(message) == 2:
            said = said if isinstance(said, tuple) else (said, "")
            after.add(message, said, context=context, flags=_flags(message))
        else:
            after.add(first, said[0] if isinstance(said, tuple) else said, context=context, flags=_flags(message))
    return after


def _flags(message: Message) -> list[str]:
    return ["python-format"] if any("%(" in form for form in message) else []


def write(language: str) -> Catalog:
    """Bring both files of a language up to the code."""
    catalog = renewed(language)
    file = place(language)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(po_of(catalog))
    file.with_suffix(".mo").write_bytes(mo_of(catalog))
    return catalog


def po_of(catalog: Catalog) -> bytes:
    """The file for people, without moments and names that change by themselves."""
    text = io.BytesIO()
    write_po(text, catalog, width=PO_WIDTH, omit_header=True, sort_output=True)
    head = f'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n"Language: {catalog.locale}\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    return head.encode() + text.getvalue()


def mo_of(catalog: Catalog) -> bytes:
    made = io.BytesIO()
    plain = Catalog(locale=catalog.locale, charset="utf-8", creation_date=_NO_DATE, revision_date=_NO_DATE, project="Headrace", version="")
    for message in catalog:
        if message.id:
            plain.add(message.id, message.string, context=message.context)
    write_mo(made, plain)
    return made.getvalue()


def faults(catalog: Catalog) -> Iterator[str]:
    """Sentences that are not said, and sentences that lose or invent a value."""
    for message in catalog:
        if not message.id:
            continue
        asked = message.id if isinstance(message.id, tuple) else (message.id,)
        said = message.string if isinstance(message.string, tuple) else (message.string,)
        if not all(said):
            yield f"not said yet: {asked[0]!r}"
            continue
        wanted = set(HOLE.findall(asked[-1]))
        for one in said:
            # The singular may leave the number out ("one order").
            if set(HOLE.findall(one)) - wanted or (len(said) == 1 and set(HOLE.findall(one)) != wanted):
                yield f"other values than in {asked[0]!r}: {one!r}"
        if any(form.startswith("\n") != one.startswith("\n") or form.endswith("\n") != one.endswith("\n") for form, one in zip(asked, said, strict=False)):
            yield f"begins or ends with another line break: {asked[0]!r}"


if __name__ == "__main__":
    import os
    import sys

    sys.path[:0] = [str(ROOT / "src"), str(ROOT)]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "headrace.settings")
    import django

    django.setup()
    for spoken in LANGUAGES:
        made = write(spoken)
        left = list(faults(made))
        sys.stdout.write(f"{spoken}: {len(made)} sentences, {len(left)} to do\n")
        sys.stdout.writelines(f"  {fault}\n" for fault in left[:40])
