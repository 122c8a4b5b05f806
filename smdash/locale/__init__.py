"""gettext for every string that a person sees; English is the source.

The language is chosen once, before the modules that carry strings are imported
(``use``), because click reads its help texts when a command is made.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

LANGUAGES = ("en", "id")
_FOLDER = Path(__file__).parent


class _Catalogue(Protocol):
    def gettext(self, message: str) -> str: ...
    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str: ...
    def pgettext(self, context: str, message: str) -> str: ...


class _English:
    """The source language needs no catalogue, so the common start reads no file."""

    def gettext(self, message: str) -> str:
        return message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if n == 1 else msgid2

    def pgettext(self, context: str, message: str) -> str:
        return message


_catalogue: _Catalogue = _English()
_language = "en"


# ISO 639 renamed Indonesian in 1989, and systems still say the old code; C is the source's language.
_ALSO = {"in": "id", "c": "en", "posix": "en"}


def _code(wish: str) -> str:
    """The language of a POSIX locale, ``ll[_CC][.charset][@modifier]``, in small letters."""
    code = wish.partition("@")[0].partition(".")[0].replace("-", "_").partition("_")[0].strip().lower()
    return _ALSO.get(code, code)


def pick(*wishes: str | None) -> str:
    """Return the first wish that names a language we have, else ``en``.

    A wish may be a bare code (``id``) or a POSIX locale (``id_ID.UTF-8``).
    """
    for wish in wishes:
        if (code := _code(wish or "")) in LANGUAGES:
            return code
    return "en"


def from_environment() -> str:
    """The language that the environment asks for (``en`` where it asks for none that we have).

    The locale is the first of LC_ALL, LC_MESSAGES and LANG that is not empty. LANGUAGE, a list, goes before it unless
    the locale is C (GNU gettext manual, "Specifying a Priority List of Languages").
    """
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "C")
    if locale.partition(".")[0] in ("C", "POSIX"):
        return "en"
    return pick(*(os.environ.get("LANGUAGE") or locale).split(":"))


def use(language: str) -> None:
    """Draw every following string in *language* (``en`` or ``id``)."""
    global _catalogue, _language
    _language = pick(language)
    if _language == "en":
        _catalogue = _English()
        return
    import gettext as machinery

    _catalogue = machinery.translation("smdash", _FOLDER, languages=[_language], fallback=True)


def language() -> str:
    """The code of the language in use."""
    return _language


def gettext(message: str) -> str:
    return _catalogue.gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    return _catalogue.ngettext(one, many, n)


def pgettext(context: str, message: str) -> str:
    return _catalogue.pgettext(context, message)


def noop(message: str) -> str:
    """Mark a string for the catalogue that is translated later, where it is drawn."""
    return message
