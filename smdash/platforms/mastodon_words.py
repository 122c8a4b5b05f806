"""Whether two texts are the same to Mastodon, which shows them otherwise than they were sent."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from smdash.core.text import clean, one_line
from smdash.platforms.html_text import HTML_LIMIT, plain

MENTION = re.compile(r"(?<![\w/=@])@(\w+(?:[.-]+\w+)*)(?:@(\w+(?:[.-]+\w+)*(?::\d+\b)?))?")
# Of a text so many letters are compared, and below this share of them in common it is another text: servers that draw
# a text in their own way keep nearly all.
_LETTERS = 400
_SHARE = 0.5


def folded(text: str) -> str:
    """As Mastodon shows it: a mention loses its server and takes the account's own capitals; blanks don't count."""
    return one_line(MENTION.sub(lambda found: "@" + found[1].casefold(), clean(text)))


def letters(text: str) -> str:
    """Nothing but letters and digits, without case."""
    return "".join(one for one in folded(text).casefold() if one.isalnum())


def is_another(content: str, text: str) -> bool:
    """Whether the HTML *content* surely was not made of *text*: the answer that another call should have got."""
    if len(content) > HTML_LIMIT:
        return False
    shown, sent = letters(plain(content, links=True))[:_LETTERS], letters(text)[:_LETTERS]
    return bool(shown and sent) and SequenceMatcher(None, shown, sent, autojunk=False).ratio() < _SHARE
