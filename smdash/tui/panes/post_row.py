"""How a post looks on a row: its mark, and what there is to say of its time; the same in every list."""

from __future__ import annotations

from datetime import datetime, timedelta

from smdash.core import formats, labels
from smdash.core.networks import code
from smdash.core.posts import is_over
from smdash.core.records import Post
from smdash.locale import gettext as _
from smdash.locale import pgettext
from smdash.tui.cells import Glyphs

# How far ahead a post is "soon".
SOON = timedelta(minutes=30)
# What a person must look at before anything more happens.
STUCK = frozenset({"partly", "failed", "unknown", "held", "gone"})


def mark(shown: str, late: timedelta | None, glyphs: Glyphs) -> tuple[str, str]:
    """The glyph of a state that people see, and its style."""
    if late and shown not in STUCK:
        return glyphs.late, "error"
    found: dict[str, tuple[str, str]] = {
        "sent": (glyphs.sent, "success"),
        "scheduled": (glyphs.scheduled, "base"),
        "sending": (glyphs.sending, "accent"),
        "partly": (glyphs.late, "error"),
        "failed": (glyphs.late, "error"),
        "unknown": (glyphs.unknown, "error"),
        "held": (glyphs.held, "warning"),
        "gone": (glyphs.late, "error"),
        "draft": (glyphs.draft, "dim"),
        "review": (glyphs.draft, "warning"),
    }
    return found.get(shown, (" ", "dim"))


def when(post: Post, late: timedelta | None, now: datetime) -> tuple[str, str]:
    """How late it is, its state, or how long until it goes out, and the style of that."""
    if post.shown in STUCK:
        # That it waits for a person says more than for how long.
        words = _short(post.shown)
        return words, "warning" if post.shown == "held" else "error"
    if late:
        return _("late {span}").format(span=formats.short_span(late)), "error"
    if post.shown != "scheduled" or post.due_at is None:
        return ("" if is_over(post) else labels.state(post.shown)), "dim"
    left = post.due_at - now
    words = _("in {span}").format(span=formats.short_span(max(left, timedelta())))
    return words, "warning" if left <= SOON else "dim"


def _short(shown: str) -> str:
    """A state in twelve cells."""
    if shown == "unknown":
        return pgettext("state in a row", "sent?")
    return pgettext("state in a row", "gone") if shown == "gone" else labels.state(shown)


def codes(post: Post) -> str:
    """The two letters of each network that it goes to."""
    return " ".join(code(platform) for platform, _name in post.accounts)
