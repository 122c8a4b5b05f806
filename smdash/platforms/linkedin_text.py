"""LinkedIn's little text format, in which a post's words are sent (the field ``commentary``).

What the format uses for itself is escaped with a backslash, whether it means anything where it stands or not: an
unescaped bracket ends the post there, without a word. A hashtag becomes a template, and a mention that was typed as
``@[Name](urn:li:organization:1)`` stays one. Comments are plain text.
https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/little-text-format
"""

from __future__ import annotations

import re

from smdash.core.text import clean, one_line

_RESERVED = re.compile(r"[\\|{}@\[\]()<>#*_~]")
_MENTION = r"@\[(?P<name>[^\[\]\n]{1,200})\]\((?P<urn>urn:li:(?:organization|person|organizationBrand):[\w-]{1,100})\)"
# A tag holds a letter at least, and nothing before it that makes it part of an address or of a word.
_TAG = r"(?<![\w#＃&/.=?-])[#＃](?P<tag>\w{0,99}[^\W\d_]\w{0,99})(?!\w)"
_ELEMENT = re.compile(f"{_MENTION}|{_TAG}")
_READ = re.compile(
    r"\\(?P<escaped>.)"
    r"|\{hashtag\|\\?[#＃]\|(?P<tag>(?:\\.|[^\\{}|]){1,400})\}"
    r"|@\[(?P<name>(?:\\.|[^\\\[\]]){1,400})\]\s?\((?P<urn>[^()]{1,200})\)",
    re.DOTALL,
)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


def little(text: str) -> str:
    """Text as somebody typed it, in LinkedIn's format."""
    parts, at = [], 0
    for found in _ELEMENT.finditer(text):
        parts.append(_escaped(text[at : found.start()]))
        if found["tag"] is not None:
            parts.append(rf"{{hashtag|\#|{_escaped(found['tag'])}}}")
        else:
            parts.append(f"@[{_escaped(found['name'])}]({found['urn']})")
        at = found.end()
    return "".join([*parts, _escaped(text[at:])])


def _escaped(text: str) -> str:
    return _RESERVED.sub(lambda found: "\\" + found[0], text)


def plain(commentary: str) -> str:
    """What people see of a text in LinkedIn's format."""
    return _READ.sub(_shown, commentary)


def _shown(found: re.Match[str]) -> str:
    if found["escaped"] is not None:
        return found["escaped"]
    if found["tag"] is not None:
        return "#" + _ESCAPED.sub(r"\1", found["tag"])
    return _ESCAPED.sub(r"\1", found["name"])


def is_same(commentary: str, text: str) -> bool:
    """Whether LinkedIn may have made *commentary* of what was typed; blanks may differ."""
    return _folded(plain(commentary)) == _folded(plain(little(text)))


def is_same_comment(shown: str, text: str) -> bool:
    """``is_same`` for a comment, which is plain text."""
    return _folded(shown) == _folded(text)


def _folded(text: str) -> str:
    return one_line(clean(text))
