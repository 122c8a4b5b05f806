"""A language that nobody speaks, made from the source's messages: what a person sees unmarked was never translated.

Every letter of a message carries an accent, the message stands in ⟦ ⟧ and is about 1.6 times as long; placeholders
stay, and short forms with a context keep their length, for they stand in columns. It is compiled into a folder of the
test and read in place of the Indonesian one, so that numbers and dates are Indonesian and a word in plain letters is
either data or a word that missed the catalogue. ``python -m tests.pseudo FOLDER`` runs command lines (JSON on stdin,
a list of lists) one after the other and writes what each said as JSON.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

_PLAIN = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MARKED = "áƀćđéƒǵħíĵķĺɱńóþɋŕśţúṽŵẋýžÁƁĆĐÉƑǴĦÍĴĶĹṀŃÓÞɊŔŚŢÚṼŴẊÝŽ"
_LETTERS = str.maketrans(_PLAIN, _MARKED)
_PLACEHOLDER = re.compile(r"(\{[^{}]*\}|%\(\w+\)s)")
_WORD = re.compile(r"[A-Za-z]{2,}")
# Short forms and the names of days and months stand in columns of their own.
_SHORT = re.compile(r"\W*\w{1,3}\W*")


def marked(text: str, *, longer: bool = True) -> str:
    """The message in the made-up language."""
    parts = _PLACEHOLDER.split(text)
    words = "".join(part if _PLACEHOLDER.fullmatch(part) else part.translate(_LETTERS) for part in parts)
    if not longer or _SHORT.fullmatch(text):
        return words
    more = max(round(len(text) * 0.6) - 2, 1)
    # In words of seven, so that a paragraph can be broken.
    return f"⟦{words} {'ẽẽẽẽẽẽẽ ' * (more // 8)}{'ẽ' * (more % 8)}".rstrip() + "⟧"


def make(folder: Path) -> Path:
    """Compile it below *folder*; returns that folder, for ``speak``."""
    from smdash.locale import catalogue

    messages = catalogue.extract()
    for message in messages:
        if message.id:
            several = not isinstance(message.id, str)
            words = marked(message.id[-1] if several else message.id, longer=not message.context)
            message.string = (words,) if several else words
    file = folder / "id" / "LC_MESSAGES" / "smdash.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(catalogue.mo_bytes(messages))
    return folder


def speak(folder: Path) -> Path:
    """Speak it from now on, in this process; returns the folder of the real catalogues."""
    from smdash import locale

    before, locale._FOLDER = locale._FOLDER, folder
    locale.use("id")
    return before


def names_of_time() -> set[str]:
    """What Babel and humanize say in Indonesian: names of days and months, and words of a span."""
    from babel import Locale

    cldr = Locale("id")
    names = {
        name
        for table in (cldr.days, cldr.months)
        for form in ("wide", "abbreviated")
        for name in table["format"][form].values()
    }
    spans = "detik sedetik menit semenit jam sejam hari sehari minggu bulan sebulan tahun setahun beberapa saat"
    return names | set(spans.split())


def left_out(text: str, data: set[str]) -> set[str]:
    """The words in plain letters that are not *data*."""
    return {word for word in _WORD.findall(text) if word not in data}


def main() -> None:
    speak(Path(sys.argv[1]))
    from smdash.cli.app import run

    said: list[Any] = []
    for arguments in json.load(sys.stdin):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run(arguments)
        said.append([code, out.getvalue(), err.getvalue()])
    sys.stdout.write(json.dumps(said))


if __name__ == "__main__":
    main()
