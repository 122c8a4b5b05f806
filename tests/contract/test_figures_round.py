"""A round of figures through the real service: what is asked for when, and what becomes of the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from smdash.core.clock import FixedClock, encode
from smdash.platforms.client import Client
from smdash.store import jobs, metrics, teams
from smdash.store.connection import Store, open_store
from smdash.sync import service as sync
from tests.conftest import NOW

BASE = "https://kopi.example"


class Server:
    """A Mastodon server that counts what is liked; ``several`` says that it knows the call for many statuses."""

    def __init__(self, *, several: bool = True) -> None:
        self.several = several
        self.likes = {"young": 3, "old": 4}
        self.asked: list[str] = []
        self.status = 200

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if self.status != 200:
            return httpx.Response(self.status, json={"error": "no"})
        if path.endswith("verify_credentials"):
            return httpx.Response(200, json={"id": "1", "acct": "kopi", "followers_count": 77})
        if path == "/api/v1/statuses":
            if not self.several:
                return httpx.Response(404, json={"error": "Record not found"})
            return httpx.Response(200, json=[self.shown(one) for one in self.told(request.url.params.get_list("id[]"))])
        one = path.rsplit("/", 1)[-1]
        found = list(self.told([one]))
        return httpx.Response(200, json=self.shown(one)) if found else httpx.Response(404, json={"error": "gone"})

    def told(self, ids: Sequence[str]) -> list[str]:
        self.asked += ids
        return [one for one in ids if one in self.likes]

    def shown(self, one: str) -> dict[str, object]:
        return {"id": one, "favourites_count": self.likes[one], "reblogs_count": "many", "replies_count": 0}


@pytest.fixture
def desk(db: Path, tmp_path: Path, clock: FixedClock) -> Store:
    settings = tmp_path / "sync.toml"
    settings.write_text(f'[[account]]\nplatform = "mastodon"\nname = "kopi"\nurl = "{BASE}"\ntoken = "sesame-0123"\n')
    settings.chmod(0o600)
    with open_store(db, clock=clock, service=True, any_thread=True) as store, store.writing() as conn:
        account = teams.put_account(conn, "mastodon", "kopi", NOW)
        for remote_id, days in (("young", 1), ("old", 10), ("gone", 2), ("ancient", 31)):
            conn.execute(
                "INSERT INTO delivery (kind, account_id, state, key, due_at, sent_at, remote_id, created_at, updated_at) "
                "VALUES ('post', ?, 'sent', ?, '1', ?, ?, '1', '1')",
                (account, remote_id, encode(NOW - timedelta(days=days)), remote_id),
            )
    return open_store(db, clock=clock, service=True, any_thread=True)


async def turn(store: Store, server: Server, clock: FixedClock, tmp_path: Path) -> sync.JobResult:
    async with Client(transport=httpx.MockTransport(server)) as client:
        service = sync.Service(store, client, clock, settings_path=tmp_path / "sync.toml")
        (result,) = await service.once(["mastodon/kopi/metrics"])
    return result


def figures(store: Store) -> dict[int, tuple[tuple[str, int], ...]]:
    with store.reading() as conn:
        found = metrics.of_deliveries(conn, range(1, 9))
    return {key: tuple((one.name, one.value) for one in some) for key, some in found.items()}


@pytest.mark.parametrize("several", [True, False])
async def test_young_posts_each_hour_older_ones_once_a_day(
    desk: Store, clock: FixedClock, tmp_path: Path, several: bool
) -> None:
    server = Server(several=several)
    with desk as store:
        assert (await turn(store, server, clock, tmp_path)).error is None
        assert sorted(server.asked) == ["gone", "old", "young"]
        assert figures(store) == {1: (("likes", 3), ("replies", 0)), 2: (("likes", 4), ("replies", 0))}
        with store.reading() as conn:
            assert [one.value for one in metrics.followers(conn, NOW, clock.now().tzinfo).values()] == [77]  # type: ignore[arg-type]
        server.asked.clear()
        server.likes["young"] = 5
        clock.move(timedelta(hours=1))
        await turn(store, server, clock, tmp_path)
        assert sorted(server.asked) == ["gone", "young"]
        assert figures(store)[1] == (("likes", 5), ("replies", 0))
        server.asked.clear()
        clock.move(timedelta(hours=23))
        await turn(store, server, clock, tmp_path)
        assert "old" in server.asked


async def test_a_refused_token_is_the_jobs_health_and_no_figure_is_lost(
    desk: Store, clock: FixedClock, tmp_path: Path
) -> None:
    server = Server()
    with desk as store:
        await turn(store, server, clock, tmp_path)
        server.status = 401
        result = await turn(store, server, clock, tmp_path)
        assert not result.ok
        assert figures(store)[1] == (("likes", 3), ("replies", 0))
        with store.reading() as conn:
            health = {job.name: job for job in jobs.select(conn)}["mastodon/kopi/metrics"]
        assert (health.error_kind, health.failures) == ("auth", 1)
