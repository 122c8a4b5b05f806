"""What a member's terminal can and should do, from ``config.toml`` and the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from smdash.core.errors import InputError
from smdash.core.idle import DEFAULT_MINUTES
from smdash.locale import gettext as _

if TYPE_CHECKING:
    from smdash.core.worktime import Interval

# Terminals that print the text of a sequence they don't know instead of passing over it.
_PLAIN_OSC = frozenset({"linux", "cons25", "vt100", "vt220"})


class TerminalOptions(NamedTuple):
    """``color``: draw in colours. ``plain``: ASCII only. ``emoji``: keep people's emoji. ``mouse``: ask for its
    events. ``title``: write the window's title. ``links``: OSC 8 links. ``low``: spend few bytes. ``erases``:
    whether what is erased takes the background in use. ``bell``, ``notify``, ``quiet_hours``: see ``tui.notices``.
    ``idle_minutes``: see ``tui.idle``.
    """

    color: bool = True
    plain: bool = False
    emoji: bool = True
    mouse: bool = True
    title: bool = True
    links: bool = True
    low: bool = False
    erases: bool = True
    bell: bool = True
    notify: bool = True
    quiet_hours: tuple[Interval, ...] = ()
    idle_minutes: int = DEFAULT_MINUTES

    @property
    def refresh_gap_s(self) -> float:
        """How far apart two refreshes by other people's changes are at least."""
        return 1.0 if self.low else 0.0

    @property
    def title_every_s(self) -> float:
        return 10.0 if self.low else 2.0


def options(
    environ: Mapping[str, str],
    *,
    color: bool | None,
    plain: bool,
    emoji: bool,
    mouse: bool,
    title: bool,
    low: bool,
    bell: bool = True,
    notify: bool = True,
    quiet_hours: tuple[Interval, ...] = (),
    idle_minutes: int = DEFAULT_MINUTES,
) -> TerminalOptions:
    """What holds for this terminal. ``NO_COLOR`` counts where the member said nothing (https://no-color.org)."""
    quiet = environ.get("TERM", "") in _PLAIN_OSC
    return TerminalOptions(
        color=not environ.get("NO_COLOR") if color is None else color,
        plain=plain,
        emoji=emoji,
        mouse=mouse,
        title=title and not quiet,
        links=not quiet and not low,
        low=low,
        erases=erases(environ),
        bell=bell,
        notify=notify and not quiet,
        quiet_hours=quiet_hours,
        idle_minutes=idle_minutes,
    )


def erases(environ: Mapping[str, str]) -> bool:
    """Whether an erased cell takes the background in use, as terminfo says (``bce``); tmux does, whatever it says."""
    if environ.get("TMUX") or environ.get("TERM", "").startswith("tmux"):
        return True
    import curses

    try:
        curses.setupterm(environ.get("TERM", ""), 2)
    except curses.error:
        return False
    return curses.tigetflag("bce") == 1


def check(environ: Mapping[str, str], *, is_terminal: bool) -> None:
    """Refuse what the dashboard can't be drawn on. Raises InputError."""
    if not is_terminal:
        raise InputError(_("the dashboard needs a terminal (over ssh: ssh -t); for scripts there is smdash --help"))
    term = environ.get("TERM", "")
    if term in ("dumb", "unknown"):
        raise InputError(
            _("a terminal of the kind “{term}” can't place its cursor; set TERM to what it is").format(term=term)
        )
