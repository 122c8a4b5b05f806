"""Keep the catalogues true to the source: ``python -m smdash.locale.catalogue [--check]``.

Without ``--check`` it takes the messages from the source into ``id/LC_MESSAGES/smdash.po`` (translations stay, new
messages come in empty) and compiles ``smdash.mo`` next to it; a repeat changes nothing. With ``--check`` it changes
nothing and names what is missing, fuzzy or stale.
"""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

PACKAGE = Path(__file__).parent.parent
LANGUAGE = "id"
PO = Path(__file__).parent / LANGUAGE / "LC_MESSAGES" / "smdash.po"
MO = PO.with_suffix(".mo")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "noop": None,
}
_HEAD = """\
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit
Language: id
MIME-Version: 1.0
Plural-Forms: nplurals=1; plural=0;
Project-Id-Version: smdash
"""
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|%\(\w+\)s")


def _calls(source: IO[bytes], keywords: Any, tags: Any, options: Any) -> Iterator[tuple[int, str, Any, list[str]]]:
    """Babel's extraction method for our modules; unlike its own it sees calls inside f-strings."""
    for node in ast.walk(ast.parse(source.read())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in keywords:
            words = tuple(
                one.value if isinstance(one, ast.Constant) and isinstance(one.value, str) else None for one in node.args
            )
            if words:
                yield node.lineno, node.func.id, words if len(words) > 1 else words[0], []


def _key(message: Any) -> tuple[str, str]:
    one = message.id if isinstance(message.id, str) else message.id[0]
    return (one, message.context or "")


def extract() -> Any:
    """A catalogue of what the source says, without translations."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract_from_dir

    found = Catalog()
    methods: Any = [("**.py", _calls)]
    for _file, _line, message, _comments, context in extract_from_dir(PACKAGE, methods, {}, KEYWORDS):
        found.add(message, context=context)
    return found


def read() -> Any:
    """The translated catalogue as it is on disk, empty where there is none."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import read_po

    if not PO.exists():
        return Catalog()
    with PO.open("rb") as file:
        return read_po(file, ignore_obsolete=True)


def merge(source: Any, kept: Any) -> Any:
    """The source's messages with the translations that are kept; nothing is guessed."""
    from babel.messages.catalog import Catalog

    merged = Catalog(locale=LANGUAGE, project="smdash", charset="utf-8", fuzzy=False)
    # Babel takes two plural forms for a language that it has no rule for.
    merged.mime_headers = [("Plural-Forms", "nplurals=1; plural=0;")]
    known = {_key(message): message for message in kept if message.id}
    for message in sorted((one for one in source if one.id), key=_key):
        old = known.get(_key(message))
        words = old.string if old else ""
        first = words if isinstance(words, str) else (words[0] if words else "")
        string = first if isinstance(message.id, str) else (first,)
        flags = {"fuzzy"} if old and old.fuzzy else set()
        merged.add(message.id, string, flags=flags, context=message.context)
    return merged


def po_bytes(catalogue: Any) -> bytes:
    """The catalogue as a po file without dates and places, so that only words make a difference."""
    from babel.messages.pofile import write_po

    body = io.BytesIO()
    write_po(body, catalogue, width=120, no_location=True, omit_header=True, sort_output=True)
    lines = "".join(f'"{line}\\n"\n' for line in _HEAD.splitlines())
    return f'msgid ""\nmsgstr ""\n{lines}\n'.encode() + body.getvalue().strip() + b"\n"


def mo_bytes(catalogue: Any) -> bytes:
    """The compiled form, with our header in place of Babel's (which has a date and a version)."""
    from babel.messages.catalog import Catalog
    from babel.messages.mofile import write_mo

    head = [tuple(line.split(": ", 1)) for line in _HEAD.splitlines()]
    plain: Any = type("Plain", (Catalog,), {"mime_headers": head})
    whole = plain(locale=LANGUAGE, charset="utf-8", fuzzy=False)
    for message in catalogue:
        if message.id:
            whole.add(message.id, message.string, flags=message.flags, context=message.context)
    compiled = io.BytesIO()
    write_mo(compiled, whole)
    return compiled.getvalue()


def problems() -> list[str]:
    """What is missing, fuzzy or stale, one sentence each."""
    source, kept = extract(), read()
    asked = {_key(message): message for message in source if message.id}
    there = {_key(message): message for message in kept if message.id}
    found = [f"missing: {words!r}" for words, _context in sorted(asked.keys() - there.keys())]
    found += [f"stale: {words!r} is not in the source" for words, _context in sorted(there.keys() - asked.keys())]
    for key in sorted(asked.keys() & there.keys()):
        message, translated = asked[key], there[key]
        strings = [translated.string] if isinstance(translated.string, str) else list(translated.string)
        sources = [message.id] if isinstance(message.id, str) else list(message.id)
        wanted = sorted(_PLACEHOLDER.findall(sources[-1]))
        if isinstance(message.id, str) != isinstance(translated.id, str):
            found.append(f"stale: {key[0]!r} has other plural forms")
        elif not all(strings) or not strings:
            found.append(f"empty: {key[0]!r}")
        elif translated.fuzzy:
            found.append(f"fuzzy: {key[0]!r}")
        elif any(sorted(_PLACEHOLDER.findall(one)) != wanted for one in strings):
            found.append(f"placeholders differ: {key[0]!r} and {strings[0]!r}")
    if not found and PO.read_bytes() != po_bytes(merge(source, kept)):
        found.append(f"stale: {PO.name} is not written as this program writes it")
    if not MO.exists() or (PO.exists() and MO.read_bytes() != mo_bytes(kept)):
        found.append(f"stale: {MO.name} is not compiled from {PO.name}")
    return found


def update() -> None:
    """Bring po and mo up to the source."""
    whole = po_bytes(merge(extract(), read()))
    PO.parent.mkdir(parents=True, exist_ok=True)
    PO.write_bytes(whole)
    MO.write_bytes(mo_bytes(read()))


def main(arguments: list[str]) -> int:
    if arguments not in ([], ["--check"]):
        sys.stderr.write("usage: python -m smdash.locale.catalogue [--check]\n")
        return 2
    if not arguments:
        update()
    found = problems()
    for problem in found:
        sys.stderr.write(problem + "\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
