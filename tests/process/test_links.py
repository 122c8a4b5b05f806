"""The service looks at the links of coming posts: as a job of ``sync``, within the rules for strangers' addresses."""

from __future__ import annotations

import itertools
import json
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from smdash.store import jobs as store_jobs
from smdash.store import teams
from smdash.store.connection import open_store
from tests.conftest import Smdash
from tests.local_server import Answer, serve


class Site:
    """A web server on loopback; ``asked`` says what for and when."""

    def __init__(self) -> None:
        self.status = {"/menu": 200, "/old": 404, "/shy": 403}
        self.asked: list[tuple[float, str]] = []
        self.server = serve(self._answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _answer(self, path: str) -> Answer:
        self.asked.append((time.monotonic(), path))
        return self.status.get(path, 404), {"Content-Type": "text/html"}, b"<html>"


@pytest.fixture
def site() -> Iterator[Site]:
    found = Site()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def desk(smdash: Smdash, tmp_path: Path, site: Site) -> Smdash:
    """An account, and leave to reach this machine."""
    with open_store(smdash.db) as store, store.writing() as conn:
        teams.put_account(conn, "telegram", "kopi", datetime.now(UTC))
    allow(smdash, "127.0.0.1")
    return smdash


def allow(smdash: Smdash, *hosts: str) -> None:
    path = Path(smdash.env["SMDASH_CONFIG_DIR"]) / "sync.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"private_hosts = {json.dumps(hosts)}\n")
    path.chmod(0o600)


def add(desk: Smdash, text: str) -> str:
    at = (datetime.now(ZoneInfo("Asia/Jakarta")) + timedelta(hours=2)).strftime("%Y-%m-%d %H:%M")
    made = desk.ok("post", "add", "--account", "kopi", "--category", "education", "--at", at, "--body", text, "--json")
    return str(made.json["id"])


def jobs(desk: Smdash, *words: str) -> dict[str, dict[str, object]]:
    return {one["job"]: one for one in map(json.loads, desk.ok("sync", "--once", "--json", *words).lines)}


def test_links_of_coming_posts_are_tried_and_dead_ones_named(desk: Smdash, site: Site) -> None:
    assert "links" not in jobs(desk)
    post = add(desk, f"Lihat {site.url}/menu, {site.url}/old dan {site.url}/shy")
    assert f"did not try this link yet: {site.url}/old" in desk.ok("post", "lint", post).err
    ran = jobs(desk)["links"]
    assert (ran["ok"], ran["new"], ran["changed"], ran["error"]) == (True, 3, 0, None)
    moments = [moment for moment, _path in site.asked]
    assert len(moments) == 3 and all(later - earlier >= 0.9 for earlier, later in itertools.pairwise(moments))
    said = desk.ok("post", "lint", post)
    assert (
        f"leads nowhere: it answers 404 ({site.url}/old)" in " ".join(said.out.split()) and said.err.count("try") == 0
    )
    (finding,) = desk.ok("post", "lint", post, "--json").json
    assert (finding["rule"], finding["blocks"]) == ("dead_link", False)
    # Nothing is looked at again so soon, and a restart knows that.
    assert jobs(desk, "--only", "links")["links"]["new"] == 0 and len(site.asked) == 3
    with open_store(desk.db, read_only=True) as store, store.reading() as conn:
        (job,) = store_jobs.select(conn)
    assert (job.name, job.failures, job.error) == ("links", 0, None) and job.last_ok_at is not None


def test_a_private_address_is_not_called(desk: Smdash, site: Site) -> None:
    allow(desk)
    post = add(desk, f"Lihat {site.url}/menu")
    assert jobs(desk)["links"]["new"] == 1 and site.asked == []
    assert "it lies inside a private network" in " ".join(desk.ok("post", "lint", post).out.split())


def test_the_running_service_looks_by_itself(desk: Smdash, site: Site) -> None:
    service = desk.start("sync", "--json")
    try:
        time.sleep(1)
        post = add(desk, f"Lihat {site.url}/old")
        end = time.monotonic() + 20
        while desk.ok("post", "lint", post, "--json").json == [] and time.monotonic() < end:
            time.sleep(1)
    finally:
        service.send_signal(signal.SIGTERM)
        _out, err = service.communicate(timeout=20)
    assert [path for _moment, path in site.asked] == ["/old"] and b"Traceback" not in err
    assert desk.ok("post", "lint", post, "--json").json[0]["rule"] == "dead_link"
