"""Keys in a real terminal: every action by its own key, and the keys that a member wishes for in ``config.toml``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.clock import SystemClock
from smdash.store import jobs
from smdash.store.connection import open_store
from smdash.tui.actions import BY_ID
from tests.conftest import Smdash, member
from tests.desk import arrive, monday, plan_post
from tests.pty_screen import Pty

# The cursor's ground in the theme dark.
CURSOR = "2a3b50"
SIZE = (120, 40)


@pytest.fixture
def desk(smdash: Smdash, db: Path) -> Smdash:
    """A desk of today with rows in every pane, looked at by Ana over ssh."""
    with open_store(db, clock=SystemClock()) as store:
        ana = member(store, "ana", "Ana")
        monday(store, ana)
        plan_post(store, ana, "Kopi susu gula aren", store.clock.now() + timedelta(minutes=5))
        plan_post(store, ana, "Besok pagi ditanam", store.clock.now() + timedelta(days=1))
        arrive(store, *(f"pesan nomor {at}" for at in range(40)), minutes_ago=200)
        with store.writing() as conn:
            jobs.ensure(conn, jobs.JobSpec("mastodon/kopi/mentions", "kopi mentions", "mastodon", None, None, 300))
    smdash.env |= {"SMDASH_MEMBER": "ana", "SSH_CONNECTION": "x", "COLORTERM": "truecolor", "EDITOR": EDITOR}
    return smdash


# An editor that writes and ends.
EDITOR = "sh -c 'echo from the editor > \"$0\"'"


def configure(desk: Smdash, text: str) -> Path:
    folder = Path(desk.env["SMDASH_CONFIG_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.toml").write_text(text)
    return folder / "config.toml"


def row(term: Pty) -> str:
    """The text of the row that the cursor is on."""
    found = []
    for y in range(term.size[1]):
        cells = [term.screen.buffer[y][x] for x in range(term.size[0])]
        found += (
            ["".join(cell.data for cell in cells if cell.bg == CURSOR)] if any(c.bg == CURSOR for c in cells) else []
        )
    return found[0] if found else ""


def focused(term: Pty) -> str:
    """The digit of the pane whose border is bright."""
    for y in range(term.size[1]):
        line = [term.screen.buffer[y][x] for x in range(term.size[0])]
        for x, cell in enumerate(line[:-2]):
            if cell.data == "╭" and cell.fg == "7cc4ff":
                return line[x + 2].data
    return ""


def shows(words: str) -> Callable[[Pty], bool]:
    return lambda term: words in term.text


def at(words: str) -> Callable[[Pty], bool]:
    return lambda term: words in row(term)


def press(term: Pty, keys: bytes, holds: Callable[[Pty], bool], name: str | None = None) -> None:
    term.type(keys)
    try:
        term.until(lambda _text: holds(term), 20)
    except AssertionError as problem:
        raise AssertionError(f"{name or ''} by {keys!r}, cursor on {row(term)!r}: {problem}") from problem


# Every action: keys to type, what must be seen then. ``None`` keys are steps in between that belong to no action.
WALK: list[tuple[str | None, bytes, Callable[[Pty], bool]]] = [
    ("list.bottom", b"G", at("Kopinya")),
    ("list.top", b"g", at("pesanan saya")),
    ("list.bottom", b"\x1b[F", at("Kopinya")),
    ("list.top", b"\x1b[H", at("pesanan saya")),
    ("list.down", b"j", at("Buka jam")),
    ("list.up", b"k", at("pesanan saya")),
    ("list.down", b"\x1b[B", at("Buka jam")),
    ("list.up", b"\x1b[A", at("pesanan saya")),
    ("list.half_down", b"\x04", at("pesan nomor")),
    ("list.half_up", b"\x15", at("pesanan saya")),
    ("list.half_down", b"\x1b[6~", at("pesan nomor")),
    ("list.half_up", b"\x1b[5~", at("pesanan saya")),
    ("list.open", b"\r", shows("History")),
    ("back", b"\x1b", at("pesanan saya")),
    ("list.open", b"\r", shows("History")),
    ("back", b"q", at("pesanan saya")),
    ("mention.done", b"d", at("Buka jam")),
    ("undo", b"u", at("pesanan saya")),
    ("redo", b"\x12", at("Buka jam")),
    ("undo", b"u", at("pesanan saya")),
    ("mention.take", b"A", shows("1 mention is yours")),
    ("mention.assign", b"a", shows("Who takes it?")),
    ("back", b"\x1b", lambda term: "Who takes it?" not in term.text),
    ("mention.label", b"l", shows("Which label?")),
    ("back", b"\x1b", lambda term: "Which label?" not in term.text),
    ("mention.priority", b"!", shows("›")),
    ("list.repeat", b"j.", lambda term: term.text.count("›") == 2),
    ("mention.star", b"jS", shows("★")),
    (None, b"g", at("pesanan saya")),
    ("mention.snooze", b"z", shows("Until when?")),
    ("back", b"\x1b", lambda term: "Until when?" not in term.text),
    ("list.views", b"w", shows("Which view?")),
    ("back", b"\x1b", lambda term: "Which view?" not in term.text),
    ("mention.note", b"c", shows("A note for the team")),
    (None, b"\x1b", lambda term: "A note for the team" not in term.text),
    ("mention.person", b"p", shows("wrote for the first time")),
    ("back", b"\x1b", at("pesanan saya")),
    ("mention.saved", b"m", shows("there is no saved reply yet")),
    ("compose.leave", b"\x1b", at("pesanan saya")),
    ("mention.reply", b"r", shows("the draft is kept")),
    ("compose.saved", b"\x14", shows("there is no saved reply yet")),
    ("compose.editor", b"\x05", shows("from the editor")),
    ("compose.send", b"\x13", shows("queued; u takes it back")),
    ("undo", b"u", shows("undone: replied")),
    ("list.top", b"g", at("pesanan saya")),
    ("screen.next", b"]", lambda term: "1 Today" not in term.text),
    ("screen.previous", b"[", shows("1 Today")),
    (None, b"]]", shows("Calendar · week")),
    ("calendar.day_after", b"J", shows("Besok pagi ditanam")),
    ("calendar.day_before", b"K", lambda term: "Besok pagi ditanam" not in term.text),
    ("calendar.day_after", b"\x1b[C", shows("Besok pagi ditanam")),
    ("calendar.day_before", b"\x1b[D", lambda term: "Besok pagi ditanam" not in term.text),
    (None, b"J", shows("Besok pagi ditanam")),
    ("post.hold", b"h", shows("is held; the same key lets it go again")),
    ("post.hold", b"h", shows("goes out")),
    ("post.approve", b"v", shows("is “scheduled”")),
    ("post.awaiting", b"w", shows("Nothing waits for your approval.")),
    ("back", b"\x1b", shows("Calendar · week")),
    ("post.reject", b"x", shows("is “scheduled”")),
    ("calendar.post_later", b">", shows("goes out")),
    ("undo", b"u", shows("undone: moved")),
    ("calendar.post_earlier", b"<", shows("that time is over already")),
    ("calendar.move", b"M", shows("when instead?")),
    (None, b"\x1b", lambda term: "when instead?" not in term.text),
    ("calendar.empty", b"E", shows("the team has no slots")),
    ("calendar.filter", b"f", shows("Which posts?")),
    ("back", b"\x1b", lambda term: "Which posts?" not in term.text),
    ("calendar.month", b"m", lambda term: "Calendar · week" not in term.text),
    ("calendar.later", b"L", shows("· no posts")),
    ("calendar.today", b"0", shows("· today")),
    ("calendar.earlier", b"H", lambda term: "· today" not in term.text),
    (None, b"m", shows("Calendar · week")),
    ("list.clear", b"\x1b", shows("1 Today")),
    (None, b"]]]", shows("· 42 days")),
    ("campaigns.scale", b"z", shows("· 126 days")),
    ("campaigns.scale", b"zzz", shows("· 42 days")),
    ("campaigns.over", b"E", shows("with those that are over")),
    ("campaigns.over", b"E", lambda term: "with those that are over" not in term.text),
    ("campaigns.page_later", b"L", lambda term: "█" not in row(term)),
    ("campaigns.page_earlier", b"H", lambda term: "█" in row(term)),
    ("campaigns.later", b"lllll", lambda term: "█" not in row(term)),
    ("campaigns.today", b"0", lambda term: "█" in row(term)),
    ("campaigns.earlier", b"hhhhh", lambda term: "█" not in row(term)),
    ("campaigns.later", b"\x1b[C" * 5, lambda term: "█" in row(term)),
    ("campaigns.earlier", b"\x1b[D" * 5, lambda term: "█" not in row(term)),
    ("campaigns.today", b"0", lambda term: "█" in row(term)),
    ("campaigns.phases", b"p", shows("Phases of")),
    ("back", b"\x1b", lambda term: "Phases of" not in term.text),
    ("campaigns.milestones", b"m", shows("Milestones of")),
    ("back", b"\x1b", lambda term: "Milestones of" not in term.text),
    ("campaigns.edit", b"e", shows("Change what of")),
    ("back", b"\x1b", lambda term: "Change what of" not in term.text),
    ("campaigns.new", b"C", shows("What kind of campaign?")),
    ("back", b"\x1b", lambda term: "What kind of campaign?" not in term.text),
    ("campaigns.cancel", b"x", shows("call it off; its posts stay planned")),
    ("back", b"\x1b", lambda term: "call it off" not in term.text),
    ("list.clear", b"\x1b", shows("1 Today")),
    (None, b"[", shows("Insights · 12 weeks")),
    ("insights.more", b"l", shows("26 weeks")),
    ("insights.fewer", b"h", shows("12 weeks")),
    ("insights.fewer", b"\x1b[D", shows("4 weeks")),
    ("insights.more", b"\x1b[C", shows("12 weeks")),
    ("insights.more", b">", shows("26 weeks")),
    ("insights.fewer", b"<", shows("12 weeks")),
    ("insights.filter", b"f", shows("Whose figures?")),
    ("back", b"\x1b", lambda term: "Whose figures?" not in term.text),
    ("list.clear", b"\x1b", shows("1 Today")),
    ("post.new", b"N", shows("New post")),
    ("post.fields", b"\tgjj\r", shows("What kind of content?")),
    ("back", b"\x1b", lambda term: "What kind of content?" not in term.text),
    ("post.version", b"\x14", shows("is for instagram/kopi alone")),
    ("post.preview", b"\x0f", lambda term: "New post" not in term.text and "IG kopi" in term.text),
    ("back", b"q", shows("New post")),
    ("post.save", b"\x13", shows("is kept as a draft")),
    ("post.edit", b"1e", shows("^s save")),
    (None, b"\x1b", shows("1 Today")),
    (None, b"2", lambda term: focused(term) == "2"),
    ("list.mark", b" ", lambda term: "1 marked" in term.text and "Buka jam" in row(term)),
    (None, b"jj", at("pesan nomor 1")),
    ("list.range", b"V", shows("4 marked")),
    ("list.clear", b"\x1b", lambda term: "marked" not in term.text),
    ("list.mark_all", b"*", shows("44 marked")),
    ("list.clear", b"\x1b", lambda term: "marked" not in term.text),
    ("list.sort", b"s", shows("newest first")),
    ("list.sort", b"s", shows("time left")),
    ("list.sort", b"s", lambda term: "time left" not in term.text and "pesanan saya" in row(term)),
    ("list.filter", b"/", shows("/")),
    (None, b"nomor 7\r", lambda term: "1 shown" in term.text and "pesan nomor 7" in row(term)),
    ("list.clear", b"\x1b", lambda term: "shown" not in term.text),
    ("list.copy", b"y", shows("copied")),
    ("list.link", b"o", shows("copied: https://kopi.example/p/1")),
    ("hours.switch", b"t", shows("Which")),
    ("back", b"\x1b", lambda term: "Which" not in term.text),
    ("hours.switch", b"t", shows("Which")),
    (None, b"1", shows("is running")),
    ("hours.stop", b"T", shows("stop at…")),
    ("back", b"\x1b", lambda term: "stop at…" not in term.text and "▶" in term.text),
    ("hours.stop", b"TT", lambda term: "is running" not in term.text and "▶" not in term.text),
    (None, b"]]]]", shows("Hours · week")),
    ("week.later", b"L", lambda term: "▸" not in term.text),
    ("week.earlier", b"H", shows("▸")),
    ("week.whose", b"M", shows("· team")),
    ("week.whose", b"M", lambda term: "· team" not in term.text),
    ("week.brand", b"f", shows("there is no brand yet")),
    ("week.log", b"n", shows("from when to when?")),
    (None, b"00:00-00:01 dini hari\r", shows("written down: updates 00:00-00:01")),
    (None, b"", shows("00:00–00:01")),
    ("week.times", b"e", lambda term: term.text.rstrip().endswith("00:00-00:01")),
    (None, b"+1m\r", shows("00:00–00:02")),
    ("week.split", b"s", shows("cut it where?")),
    (None, b"00:01\r", shows("cut in two")),
    ("week.activity", b"a", shows("which activity?")),
    ("back", b"\x1b", lambda term: "which activity?" not in term.text),
    ("week.note", b"c", shows("a note")),
    (None, b"subuh\r", shows("subuh")),
    ("week.entry_brand", b"B", shows("there is no brand yet")),
    ("week.campaign", b"C", shows("which campaign?")),
    ("back", b"\x1b", lambda term: "which campaign?" not in term.text),
    ("week.accept", b"v", shows("this counts already")),
    ("list.open", b"\r", at("00:01–00:02")),
    ("week.remove", b"x", shows("taken away")),
    ("list.clear", b"\x1b", lambda term: "–" not in row(term)),
    ("week.day_before", b"h", lambda term: "· today ·" not in term.text),
    ("week.today", b"0", shows("· today ·")),
    ("week.day_before", b"\x1b[D", lambda term: "· today ·" not in term.text),
    ("week.day_after", b"l", shows("· today ·")),
    ("week.day_before", b"h", lambda term: "· today ·" not in term.text),
    ("week.day_after", b"\x1b[C", shows("· today ·")),
    (None, b"2", shows("2 Mentions")),
    ("hours.review", b"i", shows("Review hours")),
    ("back", b"\x1b", shows("Campaigns")),
    ("redraw", b"\x0c", shows("pesanan saya")),
    ("pane.today", b"1", lambda term: focused(term) == "1"),
    ("pane.mentions", b"2", lambda term: focused(term) == "2"),
    ("pane.campaigns", b"3", lambda term: focused(term) == "3"),
    ("pane.next", b"\t", lambda term: focused(term) == "4"),
    ("pane.previous", b"\x1b[Z", lambda term: focused(term) == "3"),
    ("pane.hours", b"4", lambda term: focused(term) == "4"),
    ("pane.zoom", b"+", lambda term: "3 Campaigns" not in term.text and "4 Hours" in term.text),
    ("hours.earlier", b"h", lambda term: "this week" not in term.text),
    ("hours.later", b"l", shows("4 Hours")),
    ("hours.team", b"M", shows("team")),
    ("pane.zoom", b"+", shows("3 Campaigns")),
    ("sync", b"Y", shows("no service is running")),
    (None, b"G", at("kopi mentions")),
    ("sync.run", b"r", shows("no service seems to run")),
    ("sync.pause", b"p", shows("is paused; the same key resumes")),
    ("sync.pause", b"p", shows("goes on")),
    ("back", b"\x1b", shows("Campaigns")),
    ("help", b"?", shows("Keys and marks")),
    ("back", b"\x03", lambda term: "Keys and marks" not in term.text),
    ("palette", b":", shows("words of a command")),
    (None, b"\x1b", lambda term: "Half a page down" not in term.text),
    ("palette", b"\x10", shows("words of a command")),
    (None, b"choose a theme", lambda term: "Choose a theme" in term.text and "Half a page down" not in term.text),
    ("theme", b"\r", shows("Which theme?")),
    ("back", b"q", lambda term: "Which theme?" not in term.text),
    ("leave", b"q", shows("press q again to leave")),
]
# Tried in tests of their own: what ends the dashboard, what stops it (test_terminals.py), and what the list of commands
# alone offers or a post that did not go out (tests/tui/test_triage.py, test_desk.py, test_posts.py), or that needs a day
# of work behind it (tests/tui/test_review.py).
ELSEWHERE = {
    "leave.now", "suspend", "mention.like", "mention.hide", "mention.delete", "mention.merge", "mention.unmerge",
    "freeze", "assets", "since", "delivery.resolve", "review.accept", "review.accept_all", "review.drop", "review.activity",
    "review.earlier", "review.later",
}  # fmt: skip


def test_every_action_is_done_by_its_keys(desk: Smdash) -> None:
    assert {name for name, _keys, _holds in WALK if name} | ELSEWHERE == set(BY_ID)
    with Pty(desk.db, desk.env, size=SIZE) as term:
        term.ready()
        for name, keys, holds in WALK:
            press(term, keys, holds, name)
        term.type(b"\x11")
        assert term.ended(5) == 0


CONFIG = """
# Ana's keys
[keys]
"mention.done" = ["b", "f5"]
"list.sort" = "alt+s"
"help" = "^g"
"list.copy" = "o"
"list.link" = "y"
"hours.stop" = []
"undo" = "shift-tab"
"list.filter" = "b"
"mention.don" = "f6"
"pane.zoom" = "ctrl+i"
this line is broken
"hours.team" = 7
"pane.hours" = "h"
"list.mark" = "f7"
"leave" = "alt+q"
"""
SAID = (
    (11, "keys.list.filter", "“b” is already the key of mention.done"),
    (12, "keys.mention.don", "did you mean mention.done?"),
    (13, "keys.pane.zoom", "“ctrl+i” is the same as tab for a terminal"),
    (14, "", "expected: key = value"),
    (15, "keys.hours.team", "expected a key such as d or a list of keys"),
    (10, "keys.undo", "“shift-tab” is already the key of pane.previous"),
    (16, "keys.pane.hours", "“h” is already the key of campaigns.earlier"),
)


def test_a_members_own_keys_work_and_what_does_not_count_is_said(desk: Smdash) -> None:
    file = configure(desk, CONFIG)
    with Pty(desk.db, desk.env, size=(160, 240)) as term:
        term.until(lambda text: "your settings have 7 problems; ^g shows them" in text and "^g help" in text)
        # The footer has the member's keys, and the old ones where a wish was refused.
        assert "b done" in term.text and "alt-s sort" in term.text and "^g help" in term.text and "u undo" in term.text
        for name, keys, holds in (
            ("done", b"b", at("Buka jam")),
            ("undo", b"u", at("pesanan saya")),
            ("done", b"\x1b[15~", at("Buka jam")),
            ("undo", b"u", at("pesanan saya")),
            ("sort", b"\x1bs", shows("newest first")),
            ("sort", b"\x1bs", shows("time left")),
            ("sort", b"\x1bs", lambda term: "time left" not in term.text and "pesanan saya" in row(term)),
            ("swapped", b"y", shows("copied: https://kopi.example/p/1")),
            ("mark", b"\x1b[18~", shows("1 marked")),
            ("clear", b"\x1b", lambda term: "marked" not in term.text),
            ("filter", b"/", lambda term: "j/k move" not in term.text),
            ("words", b"pesan nomor 3\r", shows("11 shown")),
            ("clear", b"\x1b", lambda term: "shown" not in term.text and "pesanan saya" in row(term)),
            ("zoom", b"+", lambda term: "3 Campaigns" not in term.text),
            ("zoom", b"+", shows("3 Campaigns")),
            ("activity", b"t1", shows("is running")),
        ):
            press(term, keys, holds, name)
        # Keys that were given up do nothing: not done, not sorted, no stop, no question whether to leave.
        before = row(term)
        term.type(b"dsTq ")
        term.drain(0.5)
        assert term.code is None and row(term) == before and "again to leave" not in term.text
        assert "▶" in term.text and "first" not in term.text and "marked" not in term.text
        # The copy is the row's text now that o and y have changed places.
        press(term, b"o", lambda term: "copied" in term.text and "copied:" not in term.text)
        press(term, b":", shows("words of a command"))
        press(term, b"set to done", lambda term: "b f5" in term.text)
        press(term, b"\x1b", lambda term: "go to the next" not in term.text and "3 Campaigns" in term.text)
        press(term, b"\x07", lambda term: "What is wrong in your settings" in term.text and "failing" in term.text)
        joined = " ".join(term.text.replace("│", " ").split())
        for line, key, words in SAID:
            assert f"config.toml:{line}: {key}".rstrip(": ") in joined.replace("- ", "-"), (line, joined)
            assert words in joined, (words, joined)
        assert "b f5 " in term.text
        assert "  y              Open the link" in term.text
        press(term, b"\x1b", shows("3 Campaigns"))
        press(term, b"\x1bq", shows("press alt-q again to leave"))
        term.type(b"\x1bq")
        assert term.ended(5) == 0
    assert file.read_text() == CONFIG


def test_help_shows_how_to_reach_what_has_no_key(desk: Smdash) -> None:
    configure(desk, '[keys]\n"hours.stop" = []\n')
    with Pty(desk.db, desk.env, size=(120, 240)) as term:
        term.ready()
        press(term, b"?", lambda term: "Keys and marks" in term.text and "failing" in term.text)
        said = " ".join(term.text.split())
        for action in BY_ID.values():
            assert action.help in said, action.id
        assert ": … Stop the running activity" in said and ": … Choose a theme" in said


def ground(term: Pty) -> str:
    return str(term.screen.buffer[0][0].bg)


def test_a_theme_is_seen_as_the_cursor_moves_and_kept_by_enter_alone(desk: Smdash, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles.toml"
    text = '# mine\nplain = false   # boxes\n\n[keys]\n"help" = "f1"\n'
    real.write_text(text)
    real.chmod(0o640)
    link = configure(desk, "")
    link.unlink()
    link.symlink_to(real)
    with Pty(desk.db, desk.env, size=SIZE) as term:
        term.ready()
        dark = ground(term)
        for ending in (b"\x1b", b"\r"):
            press(term, b":", shows("words of a command"))
            press(term, b"choose a theme", lambda term: "Half a page down" not in term.text)
            press(term, b"\r", shows("Which theme?"))
            press(term, b"j", lambda term: ground(term) not in (dark, "default"))
            seen = ground(term)
            press(term, ending, lambda term: "Which theme?" not in term.text)
            if ending == b"\x1b":
                press(term, b"", lambda term: ground(term) == dark)
                assert real.read_text() == text
        press(term, b"", shows("kept in"))
        assert ground(term) == seen
    assert link.is_symlink() and real.stat().st_mode & 0o777 == 0o640
    assert [line for line in real.read_text().splitlines() if not line.startswith("theme")] == text.splitlines()
    assert 'theme = "kertas"' in real.read_text()
