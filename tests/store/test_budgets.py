"""Budgets: counted by the network's own days, kept by the service over restarts, and pulls wait where they are used up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smdash.core.budgets import Counting
from smdash.core.clock import FixedClock
from smdash.platforms import registry
from smdash.platforms.base import Credentials, JobKind, Platform, Pull, Pulled, Verified
from smdash.platforms.client import Client
from smdash.store import budgets, jobs, sync_health, teams
from smdash.store.connection import Store, open_store
from smdash.sync.results import JobResult
from smdash.sync.service import Service

DAILY = Counting("calls")
CALIFORNIA = Counting("units", zone="America/Los_Angeles")


@pytest.mark.parametrize(
    ("counting", "now", "key", "ends"),
    [
        (DAILY, datetime(2026, 11, 23, 23, 59, tzinfo=UTC), "2026-11-23", datetime(2026, 11, 24, tzinfo=UTC)),
        (CALIFORNIA, datetime(2026, 11, 23, 7, 59, tzinfo=UTC), "2026-11-22", datetime(2026, 11, 23, 8, tzinfo=UTC)),
        # A day of 25 hours, and one of 23.
        (CALIFORNIA, datetime(2026, 11, 1, 8, tzinfo=UTC), "2026-11-01", datetime(2026, 11, 2, 8, tzinfo=UTC)),
        (CALIFORNIA, datetime(2026, 3, 8, 8, tzinfo=UTC), "2026-03-08", datetime(2026, 3, 9, 7, tzinfo=UTC)),
        (Counting(monthly=True), datetime(2026, 12, 31, 23, tzinfo=UTC), "2026-12", datetime(2027, 1, 1, tzinfo=UTC)),
        (Counting(monthly=True), datetime(2028, 2, 29, 1, tzinfo=UTC), "2028-02", datetime(2028, 3, 1, tzinfo=UTC)),
    ],
)
def test_a_day_or_month_is_the_networks_own(counting: Counting, now: datetime, key: str, ends: datetime) -> None:
    assert counting.period(now) == (key, ends)


def test_what_was_used_counts_until_the_period_ends(store: Store, clock: FixedClock) -> None:
    now = clock.now()
    with store.writing() as conn:
        one = teams.put_account(conn, "x", "kopi", now)
        budgets.keep(conn, one, now, DAILY, cost="", most=10)
        assert budgets.spend(conn, one, DAILY, now, 7).left == 3
        assert budgets.spend(conn, one, DAILY, now, 7).left == 0
        later = now + timedelta(days=1)
        assert budgets.standing(conn, one, DAILY, later).left == 10
        assert budgets.spend(conn, one, DAILY, later, 4).used == 4


class Priced:
    """A network whose pages cost three each, and bring nothing."""

    def __init__(self) -> None:
        self.asked: list[int | None] = []
        self.verified = 0

    async def verify(self, credentials: Credentials, client: Client, now: datetime) -> Verified:
        self.verified += 1
        return Verified("1", "kopi", "Kopi", None, expires_at=now + timedelta(days=9))

    async def pull(self, pull: Pull, client: Client) -> Pulled:
        self.asked.append(pull.left)
        return Pulled(cursor="1", more=len(self.asked) % 2 == 1, spent=3)


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Priced:
    made = Priced()
    platform = Platform(
        "x", "X", "X", "live", lambda: made, jobs=(JobKind("mentions", 60),), needs_token=False, cost="each costs"
    )
    others = [one for one in registry.all_platforms() if one.name != "x"]
    monkeypatch.setattr(registry, "all_platforms", lambda: (*others, platform))
    return made


def settings(folder: Path, budget: str) -> Path:
    file = folder / "sync.toml"
    file.write_text(f'[[account]]\nplatform = "x"\nname = "kopi"\n{budget}\n')
    file.chmod(0o600)
    return file


async def once(db: Path, clock: FixedClock, file: Path) -> JobResult:
    """A run of a service that was just started."""
    with open_store(db, clock=clock, service=True, any_thread=True) as store:
        async with Client() as client:
            (result,) = await Service(store, client, clock, settings_path=file, dice=lambda: 0.5).once()
            return result


async def test_pulls_wait_where_the_budget_is_used_up_until_the_networks_next_day(
    store: Store, db: Path, clock: FixedClock, network: Priced, tmp_path: Path
) -> None:
    file = settings(tmp_path, "budget = 8")
    assert (await once(db, clock, file)).ok
    assert network.asked == [8, 5]
    # A restart forgets nothing; the third page uses up what is left, and no fourth one is asked for.
    assert (await once(db, clock, file)).ok
    assert network.asked == [8, 5, 2]
    with store.reading() as conn:
        (job,) = jobs.select(conn)
    tomorrow = DAILY.period(clock.now()).ends
    assert (job.failures, job.error_kind, job.next_at) == (0, "quota", tomorrow)
    assert job.error == "the budget of 8 (calls) is used up; pulls wait until 2026-11-24 00:00 UTC"
    stopped = await once(db, clock, file)
    assert not stopped.ok and stopped.error == job.error and len(network.asked) == 3
    # Who asks for it all the same gets the same answer, and the network is not called.
    with store.writing() as conn:
        jobs.ask(conn, job.name, clock.now() + timedelta(minutes=1))
    assert not (await once(db, clock, file)).ok and len(network.asked) == 3
    clock.move(tomorrow - clock.now())
    assert (await once(db, clock, file)).ok
    assert network.asked[3:] == [8]


async def test_a_raised_budget_ends_the_wait(
    store: Store, db: Path, clock: FixedClock, network: Priced, tmp_path: Path
) -> None:
    await once(db, clock, settings(tmp_path, "budget = 3"))
    assert not (await once(db, clock, settings(tmp_path, "budget = 3"))).ok
    assert (await once(db, clock, settings(tmp_path, "budget = 100"))).ok
    await once(db, clock, settings(tmp_path, ""))
    with store.reading() as conn:
        line, sends = sync_health.read(conn, clock.now()).lines
    assert line.health is not None and sends.sending is not None
    assert (line.health.budget, line.health.cost) == (None, "each costs") and line.health.used > 3


@pytest.mark.parametrize("said", ["-1", '"many"', "1.5", "99999999999999"])
async def test_a_budget_that_is_none_is_said(
    db: Path, store: Store, clock: FixedClock, network: Priced, tmp_path: Path, said: str
) -> None:
    result = await once(db, clock, settings(tmp_path, f"budget = {said}"))
    assert not result.ok and "account.budget" in str(result.error) and not network.asked


def test_ours_are_counted_as_their_networks_do() -> None:
    counted = {one.name: one.counting for one in registry.all_platforms()}
    assert counted["x"].monthly and counted["youtube"] == replace(CALIFORNIA, unit=counted["youtube"].unit)
