"""Views: queries over the mentions that have a name, the team's and each member's own."""

from __future__ import annotations

from typing import NamedTuple

from smdash.core.errors import InputError
from smdash.core.text import clean_name
from smdash.locale import gettext as _

LONGEST_NAME = 40
MOST_VIEWS = 50


class NamedQuery(NamedTuple):
    """A view as the team's settings hold it."""

    name: str
    query: str


# What a team begins with; the names are data, which it may change.
FIRST = (
    NamedQuery("mine", "is:mine"),
    NamedQuery("unassigned", "is:unassigned"),
    NamedQuery("overdue", "is:overdue"),
    NamedQuery("complaints", "label:complaint"),
    NamedQuery("urgent", "is:urgent"),
    NamedQuery("waiting", "is:snoozed"),
)


def checked_name(name: str) -> str:
    """The name as it is kept. Raises InputError for one that is empty or long."""
    name = clean_name(name).strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InputError(_("expected a name of at most {most} letters").format(most=LONGEST_NAME))
    return name


def to_plain(views: tuple[NamedQuery, ...]) -> list[dict[str, str]]:
    """As JSON, TOML and the book of events hold them."""
    return [one._asdict() for one in views]
