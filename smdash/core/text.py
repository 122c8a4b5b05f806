"""The first wall: what comes from outside is cleaned here before it is kept or shown.

Nothing is refused for its characters. What would move a cursor, turn the reading direction, hide
text or break the database is dropped; the rest stays literally as it was written.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache

BODY_LIMIT = 20_000
NAME_LIMIT = 200
LINK_LIMIT = 2_000

_LINE_BREAKS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
# C0 but newline, DEL and C1; soft hyphen; bidi marks, embeddings, overrides and isolates; zero-width
# and invisible operators; annotation marks; tag characters; noncharacters; lone surrogates apart.
_DROPPED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\ufffe\uffff"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SURROGATES = re.compile("[\ud800-\udfff]")
# A joiner means something only between two visible characters.
_JOINERS = re.compile("(?:^|(?<=\\s))[\u200c\u200d]+|[\u200c\u200d]+(?=\\s|$)|(?<=[\u200c\u200d])[\u200c\u200d]+")
# More than eight marks on one letter only serve to draw over the neighbouring rows.
_MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u0610-\u061a\u064b-\u065f\u06d6-\u06dc\u06df-\u06e4\u0e34-\u0e3a"
    "\u0e47-\u0e4e\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"
)
_MARKS_RUN = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")
# Sorting a run of marks takes the square of its length; Unicode's own stream-safe form ends one after thirty (UAX #15).
_LONGEST_RUN = 30
_SUSPECT = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u0300-\u036f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\uffff\ud800-\udfff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_LINK = re.compile(r"https?://[\x21-\x7e]+")


def clean(text: str, *, limit: int = BODY_LIMIT) -> str:
    """Make text from outside safe to keep and to show; line feeds stay.

    Idempotent: cleaning twice changes nothing more. Longer than *limit* characters is cut and ends in ``…``.
    """
    cut = len(text) > 4 * limit
    if cut:
        text = text[: 4 * limit]
    if text.isascii():
        if not text.isprintable():
            text = _DROPPED.sub("", _LINE_BREAKS.sub("\n", text).replace("\t", " "))
    elif _SUSPECT.search(text) or not unicodedata.is_normalized("NFC", text) or _MARKS_RUN.search(text):
        text = _clean_thoroughly(text)
    if cut or len(text) > limit:
        text = _clean_end(text[: limit - 1]) + "…"
    return text


def _clean_thoroughly(text: str) -> str:
    text = _SURROGATES.sub("\ufffd", text)
    text = _LINE_BREAKS.sub("\n", text).replace("\t", " ")
    text = _DROPPED.sub("", text)
    text = _JOINERS.sub("", text)
    text = _end_runs(unicodedata.normalize("NFC", _end_runs(text)))
    return _MARKS_RUN.sub(r"\1", text)


def _end_runs(text: str) -> str:
    return text if len(text) <= _LONGEST_RUN else _runs().sub(r"\1", text)


@cache
def _runs() -> re.Pattern[str]:
    """Marks beyond the longest run, of any script; asked of Python's own tables when first needed."""
    marks = "".join(chr(point) for point in range(0x300, 0x1E95F) if unicodedata.combining(chr(point)))
    return re.compile(f"([{marks}]{{{_LONGEST_RUN}}})[{marks}]+")


def _clean_end(text: str) -> str:
    """A cut may leave a joiner at the end, which a second cleaning would drop."""
    return text.rstrip("\u200c\u200d")


def clean_name(text: str) -> str:
    """Clean a name, handle or title: one line, at most 200 characters."""
    if text.isascii() and text.isprintable() and len(text) <= NAME_LIMIT and " " not in text:
        return text
    return one_line(clean(text, limit=NAME_LIMIT))


def one_line(text: str) -> str:
    """Fold all white space into single spaces, for lists."""
    return " ".join(text.split())


def safe_link(url: str | None) -> str | None:
    """The address if it may become a link on a terminal or be handed to a browser, else nothing."""
    if url and len(url) <= LINK_LIMIT and _LINK.fullmatch(url):
        return url
    return None
