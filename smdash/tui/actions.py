"""Every action once: its id, keys, words for the footer, the help and the palette.

Bindings, the footer, the help screen and the command palette are all made from this table. The ids are what
``config.toml`` rebinds.
"""

from __future__ import annotations

from typing import NamedTuple

from textual.binding import Binding, BindingType

from smdash.locale import noop

# Where an action's keys work: each place is open in these scenes, and a key means one thing in a scene.
_PANES = frozenset({"desk", "desk mentions", "desk hours"})
_DESK = _PANES | {"desk calendar", "desk campaigns", "desk week", "desk insights"}
# What is read over the desk; that of posts has keys of its own.
_DOCUMENTS = frozenset({"document", "document post", "document sync", "document review"})
PLACES = {
    "app": _DESK | _DOCUMENTS | {"picker", "composer", "writing", "fields"},
    "everywhere": _DESK,
    "lists": _DESK,
    "mentions": frozenset({"desk mentions"}),
    "hours": frozenset({"desk hours"}),
    "calendar": frozenset({"desk calendar"}),
    "campaigns": frozenset({"desk campaigns"}),
    "week": frozenset({"desk week"}),
    "insights": frozenset({"desk insights"}),
    "composer": frozenset({"composer"}),
    "posts": frozenset({"desk", "desk calendar", "document post"}),
    "writing": frozenset({"writing", "fields"}),
    "dialogs": _DOCUMENTS | {"picker"},
    "documents": frozenset({"document post"}),
    "sync": frozenset({"document sync"}),
    "review": frozenset({"document review"}),
}


class Action(NamedTuple):
    """``action`` is what Textual calls; ``label`` stands in the footer when ``shown``, ``help`` in help and palette.

    ``also``: the scenes besides its place in which the action's keys do the like (``document``, ``picker``).
    """

    id: str
    keys: str
    action: str
    label: str
    help: str
    where: str
    shown: bool = False
    palette: bool = True
    also: frozenset[str] = frozenset()

    @property
    def scenes(self) -> frozenset[str]:
        """Where the keys work."""
        return PLACES[self.where] | self.also


_READ = frozenset({"document"})
_READ_PICK = _DOCUMENTS | {"picker", "fields"}
_READ_FIELDS = _DOCUMENTS | {"fields"}
# What waits for approval is a list over the desk.
_PICK = frozenset({"document post", "picker", "fields"})
_WRITE = frozenset({"writing", "fields"})

# fmt: off
ACTIONS: tuple[Action, ...] = (
    Action("list.down", "j,down", "move(1)", noop("move"), noop("Next row"), "lists", True, also=_READ_PICK),
    Action("list.up", "k,up", "move(-1)", noop("up"), noop("Previous row"), "lists", also=_READ_PICK),
    Action("list.top", "g,home", "jump(-1)", noop("top"), noop("First row"), "lists", also=_READ_FIELDS),
    Action("list.bottom", "G,end", "jump(1)", noop("bottom"), noop("Last row"), "lists", also=_READ_FIELDS),
    Action("list.half_down", "ctrl+d,pagedown", "half(1)", noop("half down"), noop("Half a page down"), "lists",
           also=_DOCUMENTS),
    Action("list.half_up", "ctrl+u,pageup", "half(-1)", noop("half up"), noop("Half a page up"), "lists",
           also=_DOCUMENTS),
    Action("list.open", "enter", "open", noop("open"), noop("Open the row whole"), "lists", True, also=_PICK),
    Action("post.new", "N", "new_post", noop("new post"), noop("Write a new post"), "everywhere"),
    Action("post.edit", "e", "edit_post", noop("edit"), noop("Change the post"), "posts"),
    Action("post.approve", "v", "approve", noop("approve"), noop("Say yes to the post"), "posts", True),
    Action("post.reject", "x", "reject", noop("send back"), noop("Send the post back to its author, with a reason"),
           "posts", True),
    Action("post.save", "ctrl+s", "save", noop("save"), noop("Save the post"), "writing", True, palette=False),
    Action("post.fields", "tab", "fields", noop("fields"), noop("From the text to the fields, and back"), "writing",
           palette=False),
    Action("post.version", "ctrl+t", "version", noop("other text"), noop("The text of the next account"), "writing",
           palette=False),
    Action("post.preview", "ctrl+o", "preview", noop("preview"), noop("The post as each network shows it"), "writing",
           palette=False),
    Action("calendar.move", "M", "move_post", noop("move to"), noop("Give the post another time, in words"), "calendar",
           True),
    Action("calendar.post_earlier", "less_than_sign", "shift_post(-1)", noop("day earlier"),
           noop("The post a day earlier"), "calendar"),
    Action("calendar.post_later", "greater_than_sign", "shift_post(1)", noop("day later"),
           noop("The post a day later"), "calendar"),
    Action("calendar.day_before", "left,K", "day(-1)", noop("days"), noop("The day before"), "calendar", True),
    Action("calendar.day_after", "right,J", "day(1)", noop("day after"), noop("The day after"), "calendar"),
    Action("calendar.earlier", "H", "page(-1)", noop("earlier"), noop("The week or month before"), "calendar"),
    Action("calendar.later", "L", "page(1)", noop("later"), noop("The week or month after"), "calendar"),
    Action("calendar.today", "0", "today", noop("today"), noop("Back to today"), "calendar"),
    Action("calendar.month", "m", "month", noop("week, month"), noop("A week, or a month"), "calendar", True),
    Action("calendar.empty", "E", "empty", noop("empty slots"),
           noop("All, or only empty slots within 7 days, then 14"), "calendar"),
    Action("calendar.filter", "f", "choose_filter", noop("filter"),
           noop("Only one account, category, author, network or brand, or all"), "calendar", True),
    Action("campaigns.new", "C", "new_campaign", noop("new"), noop("Plan a campaign"), "campaigns", True),
    Action("campaigns.edit", "e", "edit_campaign", noop("edit"), noop("Change the campaign"), "campaigns", True),
    Action("campaigns.phases", "p", "phases", noop("phases"), noop("Its phases: change, add, remove"), "campaigns",
           True),
    Action("campaigns.milestones", "m", "milestones", noop("milestones"), noop("Its milestones: reached, new, remove"),
           "campaigns", True),
    Action("campaigns.cancel", "x", "cancel_campaign", noop("call off"), noop("Call the campaign off"), "campaigns"),
    Action("campaigns.earlier", "h,left", "pan(-1)", noop("days"), noop("Earlier days"), "campaigns", True),
    Action("campaigns.later", "l,right", "pan(1)", noop("later"), noop("Later days"), "campaigns"),
    Action("campaigns.page_earlier", "H", "page(-1)", noop("all earlier"), noop("All days before those shown"),
           "campaigns"),
    Action("campaigns.page_later", "L", "page(1)", noop("all later"), noop("All days after those shown"), "campaigns"),
    Action("campaigns.today", "0", "today", noop("today"), noop("Back to the present days"), "campaigns"),
    Action("campaigns.scale", "z", "scale", noop("scale"), noop("A fortnight, six weeks, months, a year"), "campaigns",
           True),
    Action("campaigns.over", "E", "over", noop("over"), noop("Those that are over too, or not"), "campaigns"),
    Action("insights.fewer", "h,left,less_than_sign", "period(-1)", noop("weeks"), noop("Fewer weeks"), "insights",
           True),
    Action("insights.more", "l,right,greater_than_sign", "period(1)", noop("more weeks"), noop("More weeks"),
           "insights"),
    Action("insights.filter", "f", "choose_filter", noop("filter"), noop("Only one account or brand, or all"),
           "insights", True),
    Action("post.hold", "h", "hold", noop("hold"), noop("Hold the post, or let it go again"), "posts", True),
    Action("post.awaiting", "w", "awaiting", noop("waiting"), noop("What waits for your approval"), "posts", True),
    Action("mention.done", "d", "done", noop("done"), noop("Set to done, go to the next"), "mentions", True,
           also=_READ),
    Action("undo", "u", "undo", noop("undo"), noop("Undo your last step"), "everywhere", True, also=_DOCUMENTS),
    Action("redo", "ctrl+r", "redo", noop("redo"), noop("Do again what you undid"), "everywhere", also=_DOCUMENTS),
    Action("list.views", "w", "views", noop("views"), noop("Choose a view: a named query with its count"), "mentions"),
    Action("mention.reply", "r", "reply", noop("reply"), noop("Write a reply"), "mentions", True, also=_READ),
    Action("mention.saved", "m", "saved", noop("saved reply"), noop("Reply with a saved reply"), "mentions",
           also=_READ),
    Action("mention.note", "c", "note", noop("note"), noop("A note for the team; @name tells a member"), "mentions",
           also=_READ),
    Action("mention.person", "p", "person", noop("person"), noop("Who wrote it, and what we know of them"), "mentions",
           also=_READ),
    Action("mention.like", "", "moderate('like')", noop("like"), noop("Like the comment on its network"), "mentions"),
    Action("mention.hide", "", "moderate('hide')", noop("hide"), noop("Hide the comment on its network"), "mentions"),
    Action("mention.delete", "", "moderate('delete')", noop("delete"), noop("Delete the comment on its network"),
           "mentions"),
    Action("mention.merge", "", "merge", noop("merge"), noop("The two marked mentions are by one person"), "mentions"),
    Action("mention.unmerge", "", "unmerge", noop("unmerge"), noop("This account is a person of its own"), "mentions"),
    Action("compose.send", "ctrl+s", "send", noop("send"), noop("Send it; undo takes it back for ten seconds"),
           "composer", True, palette=False),
    Action("compose.saved", "ctrl+t", "saved", noop("saved reply"), noop("Put a saved reply in"), "composer", True,
           palette=False),
    Action("compose.editor", "ctrl+e", "editor", noop("editor"), noop("Write on in $EDITOR"), "composer", True,
           palette=False, also=_WRITE),
    Action("compose.leave", "escape", "leave", noop("leave"), noop("Leave; the draft is kept"), "composer", True,
           palette=False, also=_WRITE),
    Action("mention.snooze", "z", "snooze", noop("snooze"), noop("Put aside until a time, or until they write again"),
           "mentions", True, also=_READ),
    Action("mention.assign", "a", "assign", noop("assign"), noop("Give it to a member"), "mentions", True, also=_READ),
    Action("mention.take", "A", "take", noop("take"), noop("Take it yourself"), "mentions", also=_READ),
    Action("mention.label", "l", "label", noop("label"), noop("Put a label on, or take it off"), "mentions",
           also=_READ),
    Action("mention.priority", "exclamation_mark", "priority", noop("priority"),
           noop("High, urgent, and back to normal"), "mentions", also=_READ),
    Action("mention.star", "S", "star", noop("star"), noop("Star it, or take the star away"), "mentions", also=_READ),
    Action("list.repeat", "full_stop", "repeat", noop("repeat"), noop("Do the last thing again, here"), "mentions",
           also=_READ),
    Action("list.filter", "slash", "filter", noop("filter"), noop("Show only rows with these words"), "lists", True),
    Action("list.sort", "s", "sort", noop("sort"), noop("Sort: longest waiting, newest, time left"), "mentions", True),
    Action("list.mark", "space", "mark", noop("mark"), noop("Mark the row, go to the next"), "lists"),
    Action("list.range", "V", "mark_range", noop("mark range"), noop("Mark from the last mark to here"), "lists"),
    Action("list.mark_all", "asterisk", "mark_all", noop("mark all"), noop("Mark all rows shown"), "lists"),
    Action("list.copy", "y", "copy", noop("copy"), noop("Copy the text"), "lists", also=_DOCUMENTS),
    Action("list.link", "o", "link", noop("link"), noop("Open the link, over ssh show and copy it"), "lists",
           also=_DOCUMENTS),
    Action("list.clear", "escape", "clear", noop("clear"), noop("Clear filter and marks, or go back"), "lists"),
    Action("hours.switch", "t", "switch", noop("activity"), noop("Switch the running activity"), "everywhere", True),
    Action("hours.stop", "T", "stop", noop("timer"),
           noop("Stop the running activity now or at a time, start or resume one, move its start, add a note"),
           "everywhere"),
    Action("hours.earlier", "h,left", "week(-1)", noop("week before"), noop("The week before"), "hours"),
    Action("hours.later", "l,right", "week(1)", noop("week after"), noop("The week after"), "hours"),
    Action("hours.team", "M", "whose", noop("me, team"), noop("Your own hours, or the team's"), "hours", True),
    Action("week.day_before", "h,left", "day(-1)", noop("days"), noop("Hours screen: the day before"), "week", True),
    Action("week.day_after", "l,right", "day(1)", noop("day after"), noop("Hours screen: the day after"), "week"),
    Action("week.earlier", "H", "page(-1)", noop("week before"), noop("Hours screen: the week before"), "week"),
    Action("week.later", "L", "page(1)", noop("week after"), noop("Hours screen: the week after"), "week"),
    Action("week.today", "0", "today", noop("today"), noop("Hours screen: back to today"), "week"),
    Action("week.whose", "M", "whose", noop("me, team"), noop("Hours screen: your own, or the team's"), "week", True),
    Action("week.brand", "f", "choose_brand", noop("brand"), noop("Only the hours of one brand, or of all"), "week"),
    Action("week.log", "n", "log", noop("log"),
           noop("Write time down: in the gap under the cursor, or on its day for its activity"), "week", True),
    Action("week.times", "e", "times", noop("times"), noop("Give the entry other times; what touches it follows"),
           "week", True),
    Action("week.activity", "a", "activity", noop("activity"), noop("Give the entry to another activity"), "week",
           True),
    Action("week.note", "c", "note", noop("note"), noop("Write a note on the entry"), "week", True),
    Action("week.entry_brand", "B", "entry_brand", noop("brand"), noop("Which brand the entry is for"), "week"),
    Action("week.campaign", "C", "entry_campaign", noop("campaign"), noop("Which campaign the entry is for"), "week"),
    Action("week.split", "s", "split", noop("split"), noop("Cut the entry in two"), "week"),
    Action("week.accept", "v", "accept", noop("accept"), noop("Let the proposed entry count"), "week"),
    Action("week.remove", "x", "remove", noop("remove"), noop("Take the entry away"), "week", True),
    Action("hours.review", "i", "review", noop("review hours"), noop("Review the hours that are proposed"),
           "everywhere"),
    Action("review.accept", "a,enter", "accept", noop("accept"), noop("Let the proposal count"), "review", True,
           palette=False),
    Action("review.accept_all", "A", "accept_all", noop("all"), noop("Let all of the day count"), "review", True,
           palette=False),
    Action("review.drop", "x", "drop", noop("drop"), noop("Drop it; nothing is proposed there any more"), "review",
           True, palette=False),
    Action("review.activity", "c", "activity", noop("as another"), noop("Let it count as another activity"), "review",
           True, palette=False),
    Action("review.earlier", "h,left,less_than_sign", "turn(-1)", noop("days"),
           noop("The hours of the day before"), "review", True, palette=False),
    Action("review.later", "l,right,greater_than_sign", "turn(1)", noop("day after"),
           noop("The hours of the day after"), "review", palette=False),
    Action("pane.today", "1", "pane(1)", noop("Today"), noop("Go to Today"), "everywhere"),
    Action("pane.mentions", "2", "pane(2)", noop("Mentions"), noop("Go to Mentions"), "everywhere"),
    Action("pane.campaigns", "3", "pane(3)", noop("Campaigns"), noop("Go to Campaigns"), "everywhere"),
    Action("pane.hours", "4", "pane(4)", noop("Hours"), noop("Go to Hours"), "everywhere"),
    Action("pane.next", "tab", "next_pane(1)", noop("next pane"), noop("Next pane"), "everywhere", True),
    Action("pane.previous", "shift+tab", "next_pane(-1)", noop("previous pane"), noop("Previous pane"), "everywhere"),
    Action("screen.next", "right_square_bracket", "screen(1)", noop("next screen"),
           noop("To the next screen; the desk comes after the last one"), "everywhere"),
    Action("screen.previous", "left_square_bracket", "screen(-1)", noop("previous screen"),
           noop("To the screen before; the last one comes before the desk"), "everywhere"),
    Action("pane.zoom", "plus", "zoom", noop("zoom"), noop("This pane alone, or all four"), "everywhere"),
    Action("delivery.resolve", "D", "resolve", noop("decide"), noop("Decide about what did not go out"), "documents",
           palette=False),
    Action("assets", "", "assets", noop("asked of me"), noop("What is asked of you for posts and campaigns"),
           "everywhere"),
    Action("sync", "Y", "sync_screen", noop("sync"), noop("How the sync jobs are doing"), "everywhere"),
    Action("sync.run", "r", "run_now", noop("run now"), noop("Have the service run the job now"), "sync", True,
           palette=False),
    Action("sync.pause", "p", "pause_job", noop("pause, resume"), noop("Pause the job, or let it go on"), "sync", True,
           palette=False),
    Action("since", "", "since", noop("since you left"), noop("What happened since you were here last"), "everywhere"),
    Action("freeze", "", "freeze", noop("freeze"), noop("Stop everything that goes out, or lift that"), "everywhere"),
    Action("theme", "", "theme", noop("theme"), noop("Choose a theme"), "everywhere"),
    Action("palette", "colon,ctrl+p", "command_palette", noop("commands"), noop("All commands"), "app", palette=False),
    Action("help", "question_mark", "help", noop("help"), noop("Keys and marks"), "everywhere", True),
    Action("redraw", "ctrl+l", "redraw", noop("redraw"), noop("Draw the screen anew"), "app"),
    Action("suspend", "ctrl+z", "app.suspend_process", noop("suspend"), noop("To the shell; fg returns"), "everywhere"),
    Action("back", "escape,q,ctrl+c", "back", noop("back"), noop("Back to the desk"), "dialogs", False, False),
    Action("leave", "q,ctrl+c", "leave", noop("leave"), noop("Leave (asked once)"), "everywhere"),
    Action("leave.now", "ctrl+q", "quit", noop("leave at once"), noop("Leave at once"), "app"),
)
# fmt: on

BY_ID = {action.id: action for action in ACTIONS}
# A key that no terminal sends: what an action without a key is bound to, since Textual's keymap has no other word.
UNBOUND = "unbound"
_KEY_WORDS = {
    "slash": "/",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "full_stop": ".",
    "exclamation_mark": "!",
    "space": "space",
    "asterisk": "*",
    "plus": "+",
    "colon": ":",
    "question_mark": "?",
    "escape": "esc",
    "pagedown": "pgdn",
    "pageup": "pgup",
    "down": "↓",
    "up": "↑",
    "left": "←",
    "right": "→",
    "tab": "tab",
    "enter": "enter",
    "home": "home",
    "end": "end",
    "delete": "del",
    "insert": "ins",
}


def bindings(*where: str) -> list[BindingType]:
    """Textual's bindings for the actions of these places."""
    return [binding(action.id, show=action.shown) for action in ACTIONS if action.where in where]


def binding(action_id: str, does: str | None = None, label: str | None = None, *, show: bool = False) -> Binding:
    """Textual's binding for an action; *does* and *label* are what it is called and said in another place."""
    action = BY_ID[action_id]
    return Binding(
        action.keys or UNBOUND,
        does or action.action,
        label or action.label,
        id=action_id,
        show=show,
        # While text is typed too, one must be able to leave.
        # In a text the composer's keys go before what they mean to the text itself.
        priority=action_id == "leave.now" or action.where in ("composer", "writing"),
        tooltip=action.help,
    )


def key_word(key: str) -> str:
    """How a key is written for people: ``/``, ``^d``, ``esc``."""
    if key.startswith("ctrl+"):
        return "^" + key_word(key.removeprefix("ctrl+"))
    if found := _KEY_WORDS.get(key):
        return found
    if "+" in key:
        modifier, _plus, rest = key.partition("+")
        return f"{modifier}-{key_word(rest)}"
    if len(key) == 1 or (key[0] == "f" and key[1:].isdigit()):
        return key
    return character_of(key) or key


def character_of(key: str) -> str | None:
    """The character that a key types, if it types one."""
    from textual.keys import REPLACED_KEYS, key_to_character

    found = key_to_character(REPLACED_KEYS.get(key, key))
    return found if found and found.isprintable() else None
