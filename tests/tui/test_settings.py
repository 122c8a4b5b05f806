"""What the desk shows of settings: mistakes that can be read again, and the team's zone and week as they change."""

from pathlib import Path

from smdash.core.clock import FixedClock
from smdash.core.records import Actor
from smdash.store import team_settings
from smdash.store.connection import Store
from smdash.tui import theme
from smdash.tui.app import DeskApp
from smdash.tui.backend import Backend
from smdash.tui.terminal import TerminalOptions
from tests.desk import desk_app
from tests.tui.conftest import until

PROBLEM = "/home/ana/config.toml:3: theem: unknown key; did you mean theme?"


async def test_mistakes_in_the_settings_are_told_and_can_be_read_again(db: Path, clock: FixedClock) -> None:
    backend = Backend(db, clock, read_only=False, login="ana", real_login="ana", name="Ana")
    app = DeskApp(backend, theme.load("dark"), clock, TerminalOptions(), problems=[PROBLEM, "[red]x[/red]"])
    app.prepare()
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda text: "your settings have 2 problems; ? shows them" in text)
        await pilot.press("question_mark")
        text = await until(pilot, lambda text: "theem" in text)
        assert "[red]x[/red]" in text


async def test_a_desk_without_mistakes_says_nothing(db: Path, clock: FixedClock) -> None:
    async with desk_app(db, clock).run_test(size=(80, 24)) as pilot:
        assert "problem" not in await until(pilot, lambda text: "Mentions" in text)


async def test_another_zone_week_and_target_show_by_themselves(
    db: Path, store: Store, actor: Actor, clock: FixedClock
) -> None:
    async with desk_app(db, clock).run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda text: "14:05 WIB" in text and "week 48" in text and "39.5" in text)
        with store.writing() as conn:
            present = team_settings.read(conn)
            wanted = present._replace(zone="Asia/Jayapura", week_start=6, activities=(("updates", 600),))
            team_settings.write(conn, actor, clock.now(), wanted, verb="edit")
        await until(pilot, lambda text: "16:05 WIT" in text and "of 10.0" in text)
