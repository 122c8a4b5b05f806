"""The member's own editor, with the terminal lent to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smdash.core.errors import SmdashError
from smdash.core.text import clean
from smdash.settings.editor import Draft

if TYPE_CHECKING:
    from smdash.tui.app import DeskApp


def edit(app: DeskApp, text: str) -> str | None:
    """Have the text edited in a file that only the member can read; ``None`` where that failed, which is said."""
    try:
        draft = Draft(text, "reply", ".txt")
    except (SmdashError, OSError) as problem:
        app.say(str(problem), "error")
        return None
    try:
        with app.suspend():
            draft.edit()
        return clean(draft.text()).rstrip("\n")
    except SmdashError as problem:
        app.say(str(problem), "error")
        return None
    finally:
        draft.discard()
