"""The mix of posts: how the categories stand against the team's targets, and what the next post should be. All pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from smdash.core.records import Category, Format


class Piece(NamedTuple):
    """A post at one of its accounts; ``out`` where it was published, else it is planned."""

    post_id: int
    account: str
    category: Category
    format: Format
    out: bool


class Line(NamedTuple):
    """One category. ``target`` is percent of all posts, or nothing where the team has none at all."""

    category: Category
    published: int
    planned: int
    posts: int
    target: int | None

    @property
    def share(self) -> float:
        """Percent of all posts, published and planned."""
        return 100 * (self.published + self.planned) / self.posts if self.posts else 0.0

    @property
    def short(self) -> int | None:
        """How far it is below its target, in percent of a post: above zero where some are missing."""
        if self.target is None:
            return None
        return self.target * self.posts - 100 * (self.published + self.planned)


class Group(NamedTuple):
    """The posts of one account, of one format, or all of them (without a name)."""

    name: str
    lines: tuple[Line, ...]

    @property
    def posts(self) -> int:
        return self.lines[0].posts

    @property
    def next(self) -> Category | None:
        """The category that is furthest below its target, the larger target first; nothing without targets."""
        wanted = [one for one in self.lines if one.short is not None and one.target]
        best = max(wanted, key=lambda one: (one.short or 0, one.target or 0), default=None)
        return None if best is None else best.category


class Mix(NamedTuple):
    whole: Group
    accounts: tuple[Group, ...]
    formats: tuple[Group, ...]


def count(pieces: Sequence[Piece], targets: Mapping[str, int]) -> Mix:
    """Count each post once, and once for each of its accounts; out at one of them, it is published.

    *targets* are percent by category, 100 together, or nothing at all.
    """
    accounts = sorted({one.account for one in pieces})
    formats = [one for one in Format if any(piece.format is one for piece in pieces)]
    return Mix(
        _group("", pieces, targets),
        tuple(_group(name, (one for one in pieces if one.account == name), targets) for name in accounts),
        tuple(_group(form.value, (one for one in pieces if one.format is form), targets) for form in formats),
    )


def _group(name: str, pieces: Iterable[Piece], targets: Mapping[str, int]) -> Group:
    posts: dict[int, tuple[Category, bool]] = {}
    for one in pieces:
        posts[one.post_id] = (one.category, one.out or (one.post_id in posts and posts[one.post_id][1]))
    found = list(posts.values())
    return Group(
        name,
        tuple(
            Line(
                category,
                found.count((category, True)),
                found.count((category, False)),
                len(found),
                targets.get(category.value, 0) if targets else None,
            )
            for category in Category
        ),
    )
