"""Every action once: its id, keys, words for the footer, the help and the palette.

Bindings, the footer, the help screen and the command palette are all made from this table. The ids are what
``config.toml`` rebinds.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding, BindingType

from smdash.locale import noop


class Action(NamedTuple):
    """``action`` is what Textual calls; ``label`` stands in the footer when ``shown``, ``help`` in help and palette."""

    id: str
    keys: str
    action: str
    label: str
    help: str
    where: str
    shown: bool = False
    palette: bool = True


ACTIONS: tuple[Action, ...] = (
    Action("list.down", "j,down", "move(1)", noop("move"), noop("Next row"), "lists", True, False),
    Action("list.up", "k,up", "move(-1)", noop("up"), noop("Previous row"), "lists", False, False),
    Action("list.top", "g,home", "jump(-1)", noop("top"), noop("First row"), "lists", False, False),
    Action("list.bottom", "G,end", "jump(1)", noop("bottom"), noop("Last row"), "lists", False, False),
    Action(
        "list.half_down",
        "ctrl+d,pagedown",
        "half(1)",
        noop("half down"),
        noop("Half a page down"),
        "lists",
        False,
        False,
    ),
    Action("list.half_up", "ctrl+u,pageup", "half(-1)", noop("half up"), noop("Half a page up"), "lists", False, False),
    Action("list.open", "enter", "open", noop("open"), noop("Open the row whole"), "lists", True),
    Action("mention.done", "d", "done", noop("done"), noop("Set to done, go to the next"), "mentions", True),
    Action("undo", "u", "undo", noop("undo"), noop("Undo your last step"), "everywhere", True),
    Action("list.filter", "slash", "filter", noop("filter"), noop("Show only rows with these words"), "lists", True),
    Action("list.sort", "s", "sort", noop("sort"), noop("Sort: longest waiting, newest, time left"), "mentions", True),
    Action("list.mark", "space", "mark", noop("mark"), noop("Mark the row, go to the next"), "lists"),
    Action("list.range", "V", "mark_range", noop("mark range"), noop("Mark from the last mark to here"), "lists"),
    Action("list.mark_all", "asterisk", "mark_all", noop("mark all"), noop("Mark all rows shown"), "lists"),
    Action("list.copy", "y", "copy", noop("copy"), noop("Copy the text"), "lists"),
    Action("list.link", "o", "link", noop("link"), noop("Open the link, over ssh show and copy it"), "lists"),
    Action(
        "list.clear",
        "escape",
        "clear",
        noop("clear"),
        noop("Clear filter and marks, or go back"),
        "lists",
        False,
        False,
    ),
    Action("hours.switch", "t", "switch", noop("activity"), noop("Switch the running activity"), "everywhere", True),
    Action("hours.stop", "T", "stop", noop("stop"), noop("Stop the running activity"), "everywhere"),
    Action("hours.earlier", "h,left", "week(-1)", noop("week before"), noop("The week before"), "hours"),
    Action("hours.later", "l,right", "week(1)", noop("week after"), noop("The week after"), "hours"),
    Action("hours.team", "M", "whose", noop("me, team"), noop("Your own hours, or the team's"), "hours", True),
    Action("pane.today", "1", "pane(1)", noop("Today"), noop("Go to Today"), "everywhere"),
    Action("pane.mentions", "2", "pane(2)", noop("Mentions"), noop("Go to Mentions"), "everywhere"),
    Action("pane.campaigns", "3", "pane(3)", noop("Campaigns"), noop("Go to Campaigns"), "everywhere"),
    Action("pane.hours", "4", "pane(4)", noop("Hours"), noop("Go to Hours"), "everywhere"),
    Action("pane.next", "tab", "next_pane(1)", noop("next pane"), noop("Next pane"), "everywhere", True, False),
    Action(
        "pane.previous",
        "shift+tab",
        "next_pane(-1)",
        noop("previous pane"),
        noop("Previous pane"),
        "everywhere",
        False,
        False,
    ),
    Action("pane.zoom", "plus", "zoom", noop("zoom"), noop("This pane alone, or all four"), "everywhere"),
    Action("theme", "", "theme", noop("theme"), noop("Next theme"), "everywhere"),
    Action("palette", "colon,ctrl+p", "commands", noop("commands"), noop("All commands"), "everywhere", False, False),
    Action("help", "question_mark", "help", noop("help"), noop("Keys and marks"), "everywhere", True),
    Action(
        "suspend", "ctrl+z", "app.suspend_process", noop("suspend"), noop("To the shell; fg comes back"), "everywhere"
    ),
    Action("leave", "q", "leave", noop("leave"), noop("Leave (asked once)"), "everywhere"),
    Action("leave.now", "ctrl+q", "quit", noop("leave at once"), noop("Leave at once"), "everywhere", False, False),
)

BY_ID = {action.id: action for action in ACTIONS}
_KEY_WORDS = {
    "slash": "/",
    "space": "space",
    "asterisk": "*",
    "plus": "+",
    "colon": ":",
    "question_mark": "?",
    "escape": "esc",
    "shift+tab": "shift-tab",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
}


def bindings(*where: str) -> list[BindingType]:
    """Textual's bindings for the actions of these places."""
    return [
        Binding(action.keys, action.action, action.label, id=action.id, show=action.shown, tooltip=action.help)
        for action in ACTIONS
        if action.where in where and action.keys
    ]


def key_word(key: str) -> str:
    """How a key is written for people: ``/``, ``^d``, ``esc``."""
    if key.startswith("ctrl+"):
        return "^" + key.removeprefix("ctrl+")
    return _KEY_WORDS.get(key, key)
