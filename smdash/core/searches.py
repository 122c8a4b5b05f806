"""Saved searches: what a query may be, and what is told of one. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from typing import NamedTuple

from smdash.core.errors import InputError
from smdash.core.text import clean, one_line
from smdash.locale import gettext as _
from smdash.locale import ngettext

ACTIVE, PAUSED = "active", "paused"
# How much of a query a health row shows.
_LABEL = 40
_TAG = re.compile(r"#(\w{1,200})")


class Search(NamedTuple):
    """A saved search: ``query`` in the network's own words, asked with the credentials of an account.

    ``interval_s`` is how often (seconds), or nothing where the network's usual pace counts. ``found`` is how many
    mentions it has found, ``week`` those of the last seven days; of all of them ``open`` still wait and ``answered``
    were answered, which is what its hit rate is told from.
    """

    id: int
    query: str
    platform: str
    account: str
    account_id: int
    interval_s: int | None
    status: str
    by: str
    created_at: datetime
    found: int = 0
    week: int = 0
    open: int = 0
    answered: int = 0

    @property
    def job(self) -> str:
        """The name of its sync job."""
        return job_name(self.id)


def job_name(search_id: int) -> str:
    """The name of the sync job of a search."""
    return f"search/{search_id}"


def label(code: str, query: str) -> str:
    """What the sync strip calls a search: its network's letters and the query."""
    return f"{code} {query if len(query) <= _LABEL else query[: _LABEL - 1] + '…'}"


def checked(query: str, *, longest: int, tags_only: bool = False) -> str:
    """A query as it is kept: one line, cleaned. *longest* is how many characters the network takes.

    Raises InputError for an empty or too long one, and where the network finds hashtags alone for any other.
    """
    text = one_line(clean(query))
    if not text:
        raise InputError(_("a search needs words"))
    if len(text) > longest:
        sentence = ngettext(
            "the query has {n} characters; this network takes {most}",
            "the query has {n} characters; this network takes {most}",
            len(text),
        )
        raise InputError(sentence.format(n=len(text), most=longest))
    if tags_only and tag_of(text) is None:
        raise InputError(_("this network finds single hashtags alone; write one, such as #kopi"))
    return text


def tag_of(query: str) -> str | None:
    """The hashtag, without its sign, where a query is a single one and not a number; else nothing."""
    found = _TAG.fullmatch(query)
    return found[1] if found and not found[1].isdigit() else None
