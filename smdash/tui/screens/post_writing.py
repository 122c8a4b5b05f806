"""What the parts of the composer of posts know of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from smdash.core.approval import Approval
from smdash.core.drafting import Place, Typed
from smdash.core.records import Category
from smdash.tui.host import Hosted
from smdash.tui.widgets.lines import Piece

if TYPE_CHECKING:
    from smdash.core.assets import Asset
    from smdash.core.media import Attachment
    from smdash.core.records import Post


@dataclass
class State:
    """What the composer knows: what is typed, and what it is typed for."""

    typed: Typed
    places: Sequence[Place] = ()
    campaigns: Sequence[str] = ()
    approval: Approval = Approval.NONE
    # What the mix asks for next, and where the member posted last.
    wanted: Category | None = None
    usual: tuple[str, ...] = ()
    post: Post | None = None
    files: Sequence[Attachment] = ()
    assets: Sequence[Asset] = ()
    # The next empty slot of the chosen accounts.
    slot: datetime | None = None
    remarks: list[tuple[str, str]] = field(default_factory=list)
    remark: Piece | None = None


class Writing(Hosted):
    """The screen, as its fields and its files see it; ``post_id`` is 0 while there is no post yet.

    ABCMeta can't stand beside Textual's private metaclass, so what is the screen's to do raises until it does.
    """

    state: State
    post_id: int

    def say(self, words: str, style: str = "accent") -> None:
        """Show a remark."""
        raise NotImplementedError  # the screen's own; see the class

    def show(self) -> None:
        """Draw what stands there now."""
        raise NotImplementedError  # the screen's own; see the class

    def changed(self, typed: Typed) -> None:
        """A field has another value."""
        raise NotImplementedError  # the screen's own; see the class

    def discard(self) -> None:
        """Forget the draft and leave."""
        raise NotImplementedError  # the screen's own; see the class

    async def settled(self) -> bool:
        """Make sure that there is a post; returns whether there is."""
        raise NotImplementedError  # the screen's own; see the class

    def is_looked_at(self) -> bool:
        """Whether the composer is still what the member has before them."""
        raise NotImplementedError  # the screen's own; see the class

    def look_later(self) -> None:
        """Look soon for what speaks against the post."""
        raise NotImplementedError  # the fields' own; see the class
