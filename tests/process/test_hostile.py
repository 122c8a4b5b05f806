"""Hostile texts in a real terminal, written past the first wall by another program, in every place that shows texts.

Nothing may reach the terminal that a run with harmless texts doesn't send as well; nothing may crash, act or go
crooked; what can be seen of the text must stand there as it was written.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.clock import SystemClock, find_zone, week_of
from smdash.core.text import clean, one_line
from smdash.store.connection import Store, open_store
from smdash.tui.outlet import CANCEL
from tests.conftest import Smdash, member
from tests.desk import arrive, monday, plan_post
from tests.payloads import HOSTILE
from tests.terminal import Terminal

# What SQLite can hold; a lone surrogate can't be written at all.
TEXTS = [one.text for one in HOSTILE if not re.search("[\ud800-\udfff]", one.text)]
_ESCAPE = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]P_^X].*?(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]", re.DOTALL)
_CONTROL = re.compile(
    rb"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xa8-\xae]|\xe2\x81[\xa6-\xa9]"
)
# Every column of free text, by table.
PLACES = {
    "mention": ("author_handle", "author_name", "body", "url", "thread_key"),
    "account": ("platform", "name", "handle", "url"),
    "member": ("name",),
    "post": ("body", "offer"),
    "campaign": ("name",),
    "phase": ("name",),
    "delivery": ("error", "remote_url"),
    "feed": ("title",),
    "sync_job": ("label", "error", "error_kind"),
    "label": ("name",),
    "time_entry": ("note",),
    "milestone": ("name",),
    "decision": ("body",),
}


def shape(sequence: bytes) -> bytes:
    return b"colour" if re.fullmatch(rb"\x1b\[[0-9;]*m", sequence) else re.sub(rb"\d+", b"N", sequence)


def sequences(raw: bytes) -> set[bytes]:
    """The kinds of sequences in an output; copies to the clipboard are looked at apart."""
    return {shape(one) for one in _ESCAPE.findall(raw) if not one.startswith(b"\x1b]52;")}


def copied(raw: bytes) -> list[str]:
    return [base64.b64decode(one, validate=True).decode() for one in re.findall(rb"\x1b\]52;c;([^\x07\x1b]*)", raw)]


@pytest.fixture
def today(db: Path) -> Store:
    """A desk of today, so that the real dashboard shows its rows."""
    with open_store(db, clock=SystemClock()) as store:
        ana = member(store, "ana", "Ana")
        monday(store, ana)
        for at in range(4):
            plan_post(store, ana, f"isi {at}", store.clock.now() + timedelta(minutes=at), campaign="Gajian hemat")
        arrive(store, *(f"pesan {at}" for at in range(len(TEXTS))), minutes_ago=200)
        moment = store.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z")
        with store.writing() as conn:
            conn.execute("INSERT INTO label (name) VALUES ('label')")
            conn.execute("INSERT INTO mention_label (mention_id, label_id) SELECT id, 1 FROM mention")
            conn.execute(
                "INSERT INTO milestone (campaign_id, name, due_at, created_at) VALUES (1, 'juri', ?, '')", (moment,)
            )
            conn.execute("UPDATE campaign SET note = ?", (TEXTS[3],))
            week = week_of(store.clock.now(), find_zone("Asia/Jakarta")).label
            conn.execute("INSERT INTO decision (week, body, member_id, at) VALUES (?, 'ya', 1, ?)", (week, moment))
            conn.execute("UPDATE delivery SET state = 'failed'")
            conn.execute("INSERT INTO campaign_scope VALUES (1, 'label', ?), (1, 'link', ?)", (TEXTS[0], TEXTS[2]))
            conn.execute(
                "INSERT INTO feed (url, title, created_at) VALUES ('https://a.example/f', 'kabar', ?)", (moment,)
            )
            conn.execute(
                "INSERT INTO sync_job (name, label, platform, interval_s, failures, error, next_at) "
                "VALUES ('feeds/1', 'kabar', 'feeds', 60, 2, 'galat', ?)", (moment,)
            )  # fmt: skip
        yield store


def poison(store: Store, texts: list[str]) -> None:
    """Write the texts raw into every place, a different one to each row, as a program of somebody else would."""
    at = 0
    with store.writing() as conn:
        for table, columns in PLACES.items():
            key = "name" if table == "sync_job" else "id"
            for (row,) in list(conn.execute(f"SELECT {key} FROM {table} ORDER BY {key}")):
                for column in columns:
                    text = texts[at % len(texts)]
                    if (table, column) in {("campaign", "name"), ("label", "name")}:
                        text += f" {row}"
                    conn.execute(f"UPDATE {table} SET {column} = ? WHERE {key} = ?", (text, row))
                    at += 1
        for number, text in enumerate(texts):
            conn.execute("UPDATE mention SET body = ? WHERE id = ?", (text, number + 1))
        conn.execute("UPDATE setting SET value = ? WHERE key = 'team'", (json.dumps(texts[0] + texts[2]),))


def walk(smdash: Smdash, look: Callable[[Terminal], None]) -> Terminal:
    """Go everywhere: every pane's rows, details, filter, picker, palette, help, copies, links, clicks."""
    command = smdash.command()
    terminal = Terminal(command, smdash.env | {"SMDASH_MEMBER": "ana", "SSH_CONNECTION": "x"}, 120, 40)
    with terminal:
        terminal.until(lambda text: "2 " in text and "4 " in text)

        def press(keys: str, quiet_s: float = 0.04) -> None:
            terminal.press(keys, quiet_s)
            assert terminal.alive, terminal.text
            look(terminal)

        press("2")
        for _page in range(7):
            press("\x04")
            press("y")
            press("\r", 0.1)
            press("y")
            press("o")
            press("\x04")
            press("\x1b", 0.15)
        for pane in "134":
            press(pane)
            for _row in range(2):
                press("y")
                press("o")
                press("\r", 0.1)
                press("y")
                press("o")
                press("\x1b", 0.15)
                press("j")
        press("2")
        for words in ("[red]", "\u202e", "app.quit"):
            press("/")
            press(words, 0.15)
            press("\r")
            press("\x1b", 0.15)
        for key in ("t", ":", "?"):
            press(key, 0.3)
            press("red" if key == ":" else "j")
            press("\x1b", 0.15)
        for row in range(1, 39, 5):
            terminal.click(25, row)
            look(terminal)
            terminal.click(100, row)
            look(terminal)
            press("\x1b", 0.02)
        terminal.press("\x1b", 0.15)
        press("2")
        assert terminal.alive
        terminal.press("\x11", 0.3)
        assert terminal.end() == 0, terminal.text
    return terminal


def test_nothing_reaches_the_terminal_but_the_text(smdash: Smdash, today: Store) -> None:
    harmless = walk(smdash, lambda _terminal: None)
    seen: list[str] = []

    def look(terminal: Terminal) -> None:
        seen.append(terminal.text)

    with today.writing() as conn:
        before = conn.execute("SELECT count(*) FROM event").fetchone()[0]
    poison(today, TEXTS)
    hostile = walk(smdash, look)
    raw = bytes(hostile.raw)
    assert sequences(raw) <= sequences(bytes(harmless.raw))
    # A frame that leaving cut short on a slow machine is ended by CAN, then the terminal is given back.
    kept, cut, tail = raw.rpartition(CANCEL)
    if cut and tail.startswith(b"\x1b[") and b"\x1b[?1049l" in tail:
        raw = re.sub(rb"\x1b[^\x1b]*\Z", b"", kept) + tail
    rest = _ESCAPE.sub(b"", raw)
    found = _CONTROL.search(rest)
    assert not found, rest[found.start() - 200 : found.end() + 100]
    raw.decode("utf-8", "strict" if not cut else "ignore")
    for text in copied(raw):
        assert clean(text) == text
    assert copied(raw)
    drawn = "\n".join(seen)
    for literally in (
        "[red]x[/red]",
        "x[/]",
        "[bold",
        "[[red]]dua",
        "[@click=app.quit]klik aku[/]",
        "$(reboot)",
        "#(reboot)",
    ):
        assert literally in drawn, literally
    with today.reading() as conn:
        assert conn.execute("SELECT count(*) FROM mention WHERE state <> 'open'").fetchone()[0] == 0
        assert conn.execute("SELECT count(*) FROM event").fetchone()[0] == before


def test_every_list_and_line_of_the_command_line_is_clean(smdash: Smdash, today: Store) -> None:
    poison(today, TEXTS)
    commands = [
        ["mention", "list"], ["mention", "show", "1"], ["mention", "show", "3"], ["post", "list"], ["post", "show", "1"],
        ["account", "list"], ["campaign", "list"], ["feed", "list"], ["hours", "week"], ["status"],
        ["campaign", "show", "1"], ["campaign", "show", "1", "--json"], ["campaign", "milestone", "list"],
        ["decision", "list"], ["report", "week"], ["report", "week", "--json"], ["report", "week", "--format", "html"],
        ["report", "week", "--format", "csv"], ["report", "campaign", "1"],
        ["status", "--format", "tmux"], ["mention", "list", "--json"], ["post", "list", "--json"],
        ["account", "list", "--json"], ["campaign", "list", "--json"], ["feed", "list", "--json"], ["mention", "list", "-q"],
        ["sync", "--once", "--only", HOSTILE[0].text], ["post", "list", "--state", HOSTILE[1].text],
    ]  # fmt: skip
    for words in commands:
        ran = smdash(*words, SMDASH_MEMBER="ana")
        out = (ran.out + ran.err).replace("\n", "")
        assert not _CONTROL.search(out.encode()), (words, _CONTROL.search(out.encode()))
        if "--json" in words:
            assert ran.json
        if words == ["status", "--format", "tmux"]:
            assert not re.search("(?<!#)(?:##)*#[({\\[]", ran.out)
    listed = smdash.ok("mention", "list").out
    for one in HOSTILE:
        if one.text in TEXTS and "\n" not in one.text and len(one.text) < 500:
            assert one_line(clean(one.visible)) in listed, one.name


async def test_every_row_keeps_its_border(db: Path, today: Store) -> None:
    from rich.cells import cell_len

    from tests.desk import desk_app
    from tests.tui.conftest import screen_text

    poison(today, TEXTS)
    app = desk_app(db, today.clock)
    async with app.run_test(size=(160, 45)) as pilot:
        for _page in range(8):
            await pilot.press("ctrl+d")
            await pilot.pause(0.05)
            for line in screen_text(pilot).splitlines():
                assert cell_len(line) == 160, repr(line)
