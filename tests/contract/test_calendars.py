"""Calendars over the network: every fault ends in one sentence, no password leaves for another host, and what has not
changed is not read again."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from smdash.core.clock import FixedClock
from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import Actor, CampaignKind, Job
from smdash.platforms import caldav_source, calendars
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.store import calendars as kept
from smdash.store import campaigns, jobs, sync_health
from smdash.store.connection import open_store
from smdash.sync.service import Service
from tests.unit.test_observances import calendar

from .faulty import FAULTS, Request, closed_port, serve
from .test_faults import NOW, SLOW, TLS, judge

PASSWORD = "s3cr3t-t0k3n-of-the-test"
FETCH = {"ics": calendars.fetch, "caldav": caldav_source.fetch}
HARBOLNAS = "UID:h\nSUMMARY:Harbolnas\nDTSTART;VALUE=DATE:20261210\nDTEND;VALUE=DATE:20261213"
GAJIAN = "UID:g\nSUMMARY:Gajian\nDTSTART;VALUE=DATE:20261125\nDTEND;VALUE=DATE:20261128"


def credentials(url: str, password: str = PASSWORD) -> Credentials:
    return Credentials("calendar", "kantor", url, password, "kopi" if password else "")


def client(**more: object) -> Client:
    return Client(private_hosts=frozenset({"127.0.0.1"}), deadline_s=0.5, tls=TLS, **more)  # type: ignore[arg-type]


# To wait for what never ends is the client's part: of an ICS address it is told once.
MET = [
    (kind, fault) for kind in FETCH for fault in FAULTS if kind == "caldav" or fault not in SLOW - {"drips the body"}
]


@pytest.mark.parametrize(("kind", "fault"), MET)
async def test_a_fault_ends_in_one_sentence(kind: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caldav_source, "ONE_S", 0.5)
    async with serve(FAULTS[fault]) as server, client() as asks:
        began = time.monotonic()
        with pytest.raises(PlatformError) as caught:
            await FETCH[kind](credentials(server.url), "", asks, NOW)
        assert time.monotonic() - began < 1.5
        judge(caught.value)
        assert f"127.0.0.1:{server.port}" in str(caught.value)


async def test_statuses_are_told_as_what_they_mean_for_a_calendar() -> None:
    wanted = {
        "401": (ErrorKind.AUTH, "does not accept the user name and the password"),
        "403": (ErrorKind.PERMISSION, "does not let this user read"),
        "404": (ErrorKind.SERVER, "it is tried again later"),
        "410": (ErrorKind.GONE, "gone for good"),
        "500": (ErrorKind.SERVER, "is in trouble"),
        "HTML": (ErrorKind.SERVER, "check the calendar's address"),
    }
    for kind, fetch in FETCH.items():
        for fault, (error, words) in wanted.items():
            async with serve(FAULTS[fault]) as server, client() as asks:
                with pytest.raises(PlatformError, match=words) as caught:
                    await fetch(credentials(server.url), "", asks, NOW)
                assert caught.value.kind is error, (kind, fault)


def dav(
    *texts: str, tag: str = "1", kind: str = "<C:calendar/>", extra: str = ""
) -> Callable[[httpx.Request], httpx.Response]:
    """A CalDAV server whose one calendar holds these."""
    head = '<?xml version="1.0"?><D:multistatus xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav">'

    def answer(request: httpx.Request) -> httpx.Response:
        ok = "<D:status>HTTP/1.1 200 OK</D:status>"
        if request.method == "PROPFIND":
            token = f"<D:sync-token>{tag}</D:sync-token>" if tag else ""
            rows = f"<D:response><D:href>/k/</D:href><D:propstat><D:prop><D:resourcetype><D:collection/>{kind}</D:resourcetype>{token}{extra}</D:prop>{ok}</D:propstat></D:response>"
        else:
            asked = b"VTODO" if b"VTODO" in request.content else b"VEVENT"
            chosen = [text for text in texts if f"BEGIN:{asked.decode()}" in text]
            rows = "".join(
                f"<D:response><D:href>/k/{n}.ics</D:href><D:propstat><D:prop><D:getetag>x</D:getetag><C:calendar-data>{text}</C:calendar-data></D:prop>{ok}</D:propstat></D:response>"
                for n, text in enumerate(chosen)
            )
        return httpx.Response(207, text=f"{head}{rows}</D:multistatus>", headers={"Content-Type": "application/xml"})

    return answer


class Asked:
    """What a server was asked; ``answer`` may be changed meanwhile."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response]) -> None:
        self.answer = answer
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.answer(request)

    def client(self) -> Client:
        return Client(transport=httpx.MockTransport(self))

    @property
    def methods(self) -> list[str]:
        return [one.method for one in self.requests]


async def test_a_caldav_calendar_is_read_again_only_where_its_token_says_so() -> None:
    one = calendar(HARBOLNAS).decode()
    asked = Asked(dav(one, one.replace("UID:h", "UID:i")))
    async with asked.client() as asks:
        found = await caldav_source.fetch(credentials("https://k.example/k/"), "", asks, NOW)
        assert (
            found.data is not None
            and found.data.count(b"BEGIN:VEVENT") == 2
            and found.data.count(b"BEGIN:VCALENDAR") == 1
        )
        assert asked.methods == ["PROPFIND", "REPORT", "REPORT"]
        again = await caldav_source.fetch(credentials("https://k.example/k/"), found.known, asks, NOW)
        assert again == (None, found.known) and asked.methods[3:] == ["PROPFIND"]
        asked.answer = dav(one, tag="2")
        assert (await caldav_source.fetch(credentials("https://k.example/k/"), found.known, asks, NOW)).data is not None
        # Without a token its contents tell.
        asked.answer = dav(one, tag="")
        bare = await caldav_source.fetch(credentials("https://k.example/k/"), found.known, asks, NOW)
        assert bare.data is not None
        assert (await caldav_source.fetch(credentials("https://k.example/k/"), bare.known, asks, NOW)).data is None
    assert {one.headers["authorization"] for one in asked.requests} == {
        "Basic a29waTpzM2NyM3QtdDBrM24tb2YtdGhlLXRlc3Q="
    }


async def test_the_password_goes_to_no_other_host() -> None:
    for url, answer in (
        ("https://k.example/k/", lambda _request: httpx.Response(302, headers={"Location": "https://lain.example/k/"})),
        ("https://k.example/k/", lambda _request: httpx.Response(301, headers={"Location": "http://k.example/k/"})),
        (
            "https://k.example/k/",
            dav(kind="", extra="<C:calendar-home-set><D:href>https://lain.example/h/</D:href></C:calendar-home-set>"),
        ),
    ):
        asked = Asked(answer)
        for ask in (
            caldav_source.fetch(credentials(url), "", c := asked.client(), NOW),
            caldav_source.discover(credentials(url), c, NOW),
        ):
            with pytest.raises(PlatformError):
                await ask
        assert {str(one.url.host) for one in asked.requests} == {"k.example"} and all(
            one.url.scheme == "https" for one in asked.requests
        )
    # Of an ICS address the redirect is followed, and the password stays behind.
    asked = Asked(
        lambda request: (
            httpx.Response(302, headers={"Location": "https://lain.example/k.ics"})
            if request.url.host == "k.example"
            else httpx.Response(200, content=calendar(HARBOLNAS))
        )
    )
    async with asked.client() as asks:
        assert (await calendars.fetch(credentials("https://k.example/k.ics"), "", asks, NOW)).data
    assert [("authorization" in one.headers) for one in asked.requests] == [True, False]


async def test_without_tls_and_on_private_addresses_nothing_is_asked_unless_the_owner_allowed_it() -> None:
    async with serve(FAULTS["HTML"]) as server, Client(tls=TLS) as asks:
        for fetch in FETCH.values():
            with pytest.raises(PlatformError) as caught:
                await fetch(credentials(server.url), "", asks, NOW)
            assert caught.value.kind is ErrorKind.REJECTED
        assert server.requests == []
    for fetch in FETCH.values():
        asked = Asked(dav())
        with pytest.raises(PlatformError, match="without TLS"):
            await fetch(credentials("http://k.example/k/"), "", asked.client(), NOW)
        assert asked.requests == []


async def test_the_calendars_of_a_user_are_found_from_where_one_begins() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/":
            return dav(kind="", extra="<D:current-user-principal><D:href>/u/kopi/</D:href></D:current-user-principal>")(
                request
            )
        if path == "/u/kopi/":
            return dav(kind="", extra="<C:calendar-home-set><D:href>/k/</D:href></C:calendar-home-set>")(request)
        return dav(extra="<D:displayname>Promo\x1b[31m</D:displayname>".replace("\x1b", ""))(request)

    asked = Asked(answer)
    async with asked.client() as asks:
        found = await caldav_source.discover(credentials("https://k.example/"), asks, NOW)
    assert found == (("https://k.example/k/", "Promo[31m"),)


@pytest.mark.parametrize(
    "body",
    [
        b"<D:multistatus xmlns:D='DAV:'><D:response/></D:multistatus>",
        b"<D:multistatus xmlns:D='DAV:'><D:response><D:href>/k/</D:href><D:propstat><D:status>HTTP/1.1 500 No</D:status><D:prop/></D:propstat></D:response></D:multistatus>",
        b"<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaa'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>]><x>&c;&c;&c;</x>",
        b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]><D:multistatus xmlns:D='DAV:'>&e;</D:multistatus>",
        b"<a>" * 100_000,
        b"\xff\xfe<\x00a\x00",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    ],
)  # fmt: skip
async def test_an_answer_that_is_no_caldav_is_told_as_such(body: bytes) -> None:
    asked = Asked(lambda _request: httpx.Response(207, content=body, headers={"Content-Type": "application/xml"}))
    async with asked.client() as asks:
        for ask in (
            caldav_source.fetch(credentials("https://k.example/k/"), "", asks, NOW),
            caldav_source.discover(credentials("https://k.example/k/"), asks, NOW),
        ):
            with pytest.raises(PlatformError) as caught:
                await ask
            judge(caught.value)
            assert "k.example" in str(caught.value) and "root:" not in str(caught.value)


async def test_a_secret_that_a_server_repeats_is_in_nothing_that_is_kept() -> None:
    event = f"UID:h\nSUMMARY:kamu kirim {PASSWORD}\nDTSTART;VALUE=DATE:20261210"
    answer = httpx.Response(200, content=calendar(event), headers={"ETag": f'"{PASSWORD}"', "Last-Modified": PASSWORD})
    async with Asked(lambda _request: answer).client() as asks:
        found = await calendars.fetch(credentials("https://k.example/rahasia-sekali.ics"), "", asks, NOW)
    assert PASSWORD.encode() not in (found.data or b"") and PASSWORD not in found.known and "rahasia" not in found.known
    async with Asked(dav(calendar(event).decode(), tag=PASSWORD)).client() as asks:
        found = await caldav_source.fetch(credentials("https://k.example/k/"), "", asks, NOW)
    assert PASSWORD.encode() not in (found.data or b"") and PASSWORD not in found.known


class Desk:
    """A service over a database, a sync.toml and one server."""

    def __init__(self, db: Path, folder: Path, clock: FixedClock, asked: Asked) -> None:
        self.db, self.file, self.clock, self.asked = db, folder / "sync.toml", clock, asked

    def settings(self, text: str) -> None:
        self.file.write_text(text)
        self.file.chmod(0o600)

    def add(self, actor: Actor, url: str) -> None:
        with open_store(self.db, clock=self.clock) as store, store.writing() as conn:
            kept.add(conn, actor, NOW, "Umum", kept.ICS, url, CampaignKind.EVENT)

    async def once(self) -> dict[str, str | None]:
        with open_store(self.db, clock=self.clock, service=True, any_thread=True) as store:
            async with self.asked.client() as asks:
                results = await Service(store, asks, self.clock, settings_path=self.file, dice=lambda: 0.5).once()
        return {one.job: one.error for one in results}

    def names(self) -> set[str]:
        with open_store(self.db, clock=self.clock) as store, store.reading() as conn:
            return {one.name for one in campaigns.select(conn)}

    def jobs(self) -> dict[str, Job]:
        with open_store(self.db, clock=self.clock) as store, store.reading() as conn:
            return {one.label: one for one in jobs.select(conn)}

    def advice(self, label: str) -> str:
        from smdash.core.sync_health import advice

        with open_store(self.db, clock=self.clock) as store, store.reading() as conn:
            return next(advice(one) for one in sync_health.read(conn, self.clock.now()).lines if one.job.label == label)

    def stored(self) -> bytes:
        return b"".join(file.read_bytes() for file in self.db.parent.glob(f"{self.db.name}*"))


CALDAV = f"""[[calendar]]
name = "Kantor"
kind = "caldav"
url = "https://k.example/k/"
user = "kopi"
password = "{PASSWORD}"
"""


async def test_both_kinds_are_jobs_of_the_service_and_one_that_fails_leaves_the_others_and_the_campaigns(
    db: Path, tmp_path: Path, clock: FixedClock, actor: Actor
) -> None:
    served = {
        "k.example": dav(calendar(HARBOLNAS).decode()),
        "umum.example": lambda _request: httpx.Response(200, content=calendar(GAJIAN), headers={"ETag": '"1"'}),
    }
    desk = Desk(db, tmp_path, clock, Asked(lambda request: served[request.url.host](request)))
    desk.settings(CALDAV)
    desk.add(actor, "https://umum.example/k.ics")
    assert set((await desk.once()).values()) == {None}
    assert desk.names() == {"Harbolnas", "Gajian"}
    assert {label: (job.platform, job.interval_s, job.error) for label, job in desk.jobs().items()} == {
        "Kantor": ("calendar", 900, None), "Umum": ("calendar", 900, None),
    }  # fmt: skip
    served["k.example"] = lambda _request: httpx.Response(401, text=f"no {PASSWORD}")
    served["umum.example"] = lambda _request: httpx.Response(
        200, content=calendar(GAJIAN, HARBOLNAS.replace("UID:h", "UID:x").replace("Harbol", "Harkop"))
    )
    errors = await desk.once()
    assert sorted(error or "" for error in errors.values()) == [
        "",
        "k.example does not accept the user name and the password (401)",
    ]
    assert desk.names() == {"Harbolnas", "Gajian", "Harkopnas"}
    assert "smdash calendar add" in desk.advice("Kantor")
    assert PASSWORD.encode() not in desk.stored()
    # The table is taken out of the file: nothing is asked any more, and the campaigns stay.
    desk.settings("")
    desk.asked.requests.clear()
    await desk.once()
    assert {one.url.host for one in desk.asked.requests} == {"umum.example"} and "Harbolnas" in desk.names()


@pytest.mark.parametrize("answer", [httpx.Response(404, text="no /private-0a1b2c3d4e5f6a7b/basic.ics here"), httpx.Response(200, content=calendar(f"{GAJIAN}\nDESCRIPTION:lihat https://k.example/private-0a1b2c3d4e5f6a7b/basic.ics"))])  # fmt: skip
async def test_a_secret_address_is_nowhere_in_the_database(
    db: Path, tmp_path: Path, clock: FixedClock, answer: httpx.Response
) -> None:
    address = tmp_path / "address"
    address.write_text("https://k.example/private-0a1b2c3d4e5f6a7b/basic.ics\n")
    desk = Desk(db, tmp_path, clock, Asked(lambda _request: answer))
    desk.settings(f'[[calendar]]\nname = "Rahasia"\nkind = "ics"\nurl_file = "{address}"\n')
    errors = await desk.once()
    assert [str(one.url) for one in desk.asked.requests] == [address.read_text().strip()]
    assert desk.names() == ({"Gajian"} if answer.status_code == 200 else set())
    assert b"0a1b2c3d4e5f6a7b" not in desk.stored() and "0a1b2c3d4e5f6a7b" not in str(errors)


async def test_what_has_not_changed_is_not_read_and_a_new_day_looks_anew(
    db: Path, tmp_path: Path, clock: FixedClock, actor: Actor
) -> None:
    monthly = f"{GAJIAN}\nRRULE:FREQ=MONTHLY"

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("if-none-match") == '"1"':
            return httpx.Response(304)
        return httpx.Response(200, content=calendar(monthly), headers={"ETag": '"1"'})

    desk = Desk(db, tmp_path, clock, Asked(answer))
    desk.add(actor, "https://umum.example/k.ics")
    await desk.once()
    assert len(desk.names()) == 14
    before = desk.jobs()["Umum"].cursor
    await desk.once()
    assert desk.jobs()["Umum"].cursor == before and "if-none-match" in desk.asked.requests[-1].headers
    clock.move(timedelta(days=40))
    await desk.once()
    assert "if-none-match" not in desk.asked.requests[-1].headers
    assert len(desk.names()) == 15 and json.loads(desk.jobs()["Umum"].cursor or "")[0].startswith("2027-01-02")


async def test_bad_events_are_told_and_an_endless_rule_ends(
    db: Path, tmp_path: Path, clock: FixedClock, actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    bodies = [calendar(GAJIAN, "UID:b\nSUMMARY:x\nDTSTART:garbage")]
    desk = Desk(db, tmp_path, clock, Asked(lambda _request: httpx.Response(200, content=bodies[0])))
    desk.add(actor, "https://umum.example/k.ics")
    await desk.once()
    told = desk.jobs()["Umum"].error
    assert (
        told is not None
        and told.startswith("1 event was left out: “b”: it can't be read")
        and desk.names() == {"Gajian"}
    )
    # The sentence stays until the calendar is another one.
    await desk.once()
    assert desk.jobs()["Umum"].error == told
    endless = "UID:%d\nSUMMARY:x\nDTSTART:20261210T090000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    bodies[0] = calendar(*(endless % number for number in range(200)))
    from smdash.platforms import apart

    original = apart.apart

    async def shorter(*values: object, **named: object) -> object:
        return await original(*values, longest_s=1.0, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(apart, "apart", shorter)
    (error,) = (await desk.once()).values()
    assert error == "the calendar at umum.example takes too much time or memory to read" and desk.names() == {"Gajian"}


async def test_a_slow_server_holds_nobody_up_and_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caldav_source, "WHOLE_S", 0.6)

    async def slow(request: Request, writer: asyncio.StreamWriter) -> None:
        # The first question is answered, the second one never.
        await asyncio.sleep(0.0 if request.method == "PROPFIND" else 20.0)
        body = dav()(httpx.Request(request.method, "http://x/", content=request.body)).content
        writer.write(
            b"HTTP/1.1 207 M\r\nContent-Type: application/xml\r\nContent-Length: %d\r\n\r\n" % len(body) + body
        )

    async with serve(slow) as server, client() as asks:
        began = time.monotonic()
        with pytest.raises(PlatformError, match="did not answer within"):
            await caldav_source.fetch(credentials(server.url), "", asks, NOW)
        assert time.monotonic() - began < 5
        with pytest.raises(PlatformError, match="connection refused"):
            await caldav_source.fetch(credentials(f"http://127.0.0.1:{closed_port()}/"), "", asks, NOW)
