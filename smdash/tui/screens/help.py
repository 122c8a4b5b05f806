"""Help: every key from the live keymap, and what the marks mean."""

from __future__ import annotations

from smdash.locale import gettext as _
from smdash.locale import noop
from smdash.tui.actions import ACTIONS, Action
from smdash.tui.cells import literal
from smdash.tui.screens.details import DetailScreen
from smdash.tui.widgets.lines import Piece

_PLACES = {
    ("everywhere", "app"): noop("Everywhere"),
    ("lists",): noop("In lists"),
    ("mentions",): noop("Mentions"),
    ("hours",): noop("Hours"),
    ("posts",): noop("Posts, in Today and in the calendar"),
    ("calendar",): noop("Calendar"),
    ("campaigns",): noop("Campaigns"),
    ("week",): noop("Hours screen"),
    ("insights",): noop("Insights"),
    ("composer",): noop("While a reply is written"),
    ("writing",): noop("While a post is written"),
    ("sync",): noop("Sync"),
    ("review",): noop("Review of hours"),
    ("dialogs", "documents"): noop("In what lies over the desk"),
}


class HelpScreen(DetailScreen):
    """All keys by place."""

    def on_mount(self) -> None:
        super().on_mount()
        glyphs = self.host.glyphs
        pieces: list[Piece] = []
        if self.host.problems:
            pieces.append(Piece(_("What is wrong in your settings; the rest of them counts"), "bold"))
            pieces += [Piece(f"  {glyphs.late} {literal(problem)}", "warning") for problem in self.host.problems]
            pieces.append(Piece(""))
        # The keys of where one is come first.
        here = self.host.desk.place
        for places, heading in sorted(_PLACES.items(), key=lambda one: here not in one[0]):
            pieces.append(Piece(_(heading), "bold"))
            for action in ACTIONS:
                if action.where in places:
                    keys = " ".join(self.host.key_words(action.id)) or self._among_commands(action)
                    pieces.append(Piece(f"  {keys:<14} {_(action.help)}"))
            pieces.append(Piece(""))
        marks = [
            (glyphs.late, _("late, past its goal, or failed")),
            (glyphs.soon, _("soon due; in the sync line: behind, or needs a look")),
            (glyphs.soon, _("of hours: what is left no longer fits into the week")),
            (glyphs.sent, _("sent; answered")),
            (glyphs.scheduled, _("scheduled")),
            (glyphs.held, _("held")),
            (glyphs.unknown, _("not known whether it was sent; of hours: proposed, does not count yet")),
            (glyphs.star, _("starred; of a campaign: a milestone")),
            (glyphs.tick, _("in a bar: the pace; over days: now")),
            (glyphs.marked, _("marked")),
            (glyphs.running, _("running")),
            (glyphs.good, _("pulled just now")),
            (glyphs.waiting, _("waiting for its time")),
            (glyphs.failing, _("failing")),
        ]
        pieces.append(Piece(_("Marks"), "bold"))
        pieces += [Piece(f"  {mark}  {words}") for mark, words in marks]
        self.document.show(_("Keys and marks"), pieces)

    def _among_commands(self, action: Action) -> str:
        """How an action without a key is reached: by the key of the list of all commands and its words."""
        palette = self.host.key_words("palette")
        return f"{palette[0]} …" if palette and action.palette else "–"
