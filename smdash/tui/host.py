"""How widgets and screens reach the app that they belong to, with its own type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


class Hosted:
    """Mixed into widgets and screens: ``host`` is Textual's ``app``, known to be ours."""

    @property
    def host(self) -> DeskApp:
        return cast("DeskApp", cast(Any, self).app)
