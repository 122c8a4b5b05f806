"""The keys of a post, the same in the list of today, in the calendar, on what waits for approval, and on the post."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from smdash.tui.host import Hosted

if TYPE_CHECKING:
    from smdash.core.records import Post


class PostKeys(Hosted):
    """Mixed into what shows posts; it says which of them a key means. ``seen``: the last event that its rows know."""

    seen = 0

    def chosen_posts(self) -> Sequence[Post]:
        """The posts that a key means now, as they are on the screen."""
        raise NotImplementedError  # each place's own; ABCMeta can't stand beside Textual's private metaclass

    def deciding(self, ids: Sequence[int]) -> None:
        """The member decided about these; the file knows in a moment."""

    def decided(self, ids: Sequence[int], done: Collection[int], step: int) -> None:
        """Of these, it was *done* with some; a picture that knows of the event *step* knows that too."""

    def action_approve(self) -> None:
        from smdash.tui import post_acts

        if posts := self.chosen_posts():
            post_acts.approve(self, posts)

    def action_reject(self) -> None:
        from smdash.tui import post_acts

        if posts := self.chosen_posts():
            post_acts.reject(self, posts)

    def action_hold(self) -> None:
        from smdash.tui import post_acts

        if posts := self.chosen_posts():
            post_acts.hold(self, posts)

    def action_awaiting(self) -> None:
        self.host.show_awaiting()
