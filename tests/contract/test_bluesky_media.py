"""Bluesky's pictures, videos, link cards and threads: what stands in the record, and that nothing arrived before it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.bluesky_video import made_ready
from smdash.platforms.client import Client
from smdash.platforms.outgoing import Above, Medium, Outgoing, OutgoingKind
from smdash.platforms.registry import find as platform

from .test_bluesky import ME, NOW, credentials
from .test_bluesky_publish import ASKED, OURS, POST, Network, error, find, lost, outgoing, publish, refused, to

PNG = b"\x89PNG\r\n\x1a\n"
HOST = "pds.example"
VIDEO_HOST = "video.bsky.app"
PAGE, PICTURE = "https://kopi.example/menu", "https://kopi.example/v60.png"
HTML = f'<title>Menu</title><meta name=description content="Kopi Gayo"><meta property=og:image content="{PICTURE}">'

Answer = httpx.Response | Exception


@dataclass
class Studio(Network):
    """A network that takes files as well, its video service, and pages elsewhere."""

    blobs: list[tuple[str, bytes]] = field(default_factory=list)
    sniffed: str | None = None
    uploads: list[Answer] = field(default_factory=list)  # what becomes of the next ones
    pages: dict[str, Answer] = field(default_factory=dict)
    limits: Answer = field(default_factory=lambda: httpx.Response(200, json={"canUpload": True}))
    takes: Answer = field(
        default_factory=lambda: httpx.Response(200, json={"jobId": "j1", "did": ME, "state": "JOB_STATE_CREATED"})
    )
    jobs: list[Answer] = field(default_factory=list)
    seen: list[httpx.Request] = field(default_factory=list)

    def to_host(self, host: str) -> list[httpx.Request]:
        return [one for one in self.seen if one.url.host == host]

    async def _handle(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        method = request.url.path.split(".")[-1]
        if request.url.host == VIDEO_HOST:
            kinds = {"getUploadLimits": self.limits, "uploadVideo": self.takes}
            return self._give(kinds[method] if method in kinds else self.jobs.pop(0))
        if request.url.host != HOST:
            return self._give(self.pages.get(str(request.url), httpx.Response(404)))
        good = not self.dead and request.headers.get("authorization") == f"Bearer access-{self.number}"
        if good and method not in self.override:
            if method == "uploadBlob":
                self.calls.append((method, HOST))
                return self._blob(request)
            if method == "getServiceAuth":
                return httpx.Response(200, json={"token": "service-" + "-".join(sorted(request.url.params.values()))})
            if method == "describeServer":
                return httpx.Response(200, json={"did": "did:web:pds.example"})
        return await super()._handle(request)

    def _blob(self, request: httpx.Request) -> httpx.Response:
        if self.uploads:
            return self._give(self.uploads.pop(0))
        kind = request.headers["content-type"]
        self.blobs.append((kind, request.content))
        return httpx.Response(200, json={"blob": blob(request.content, self.sniffed or kind)})

    def _give(self, one: Answer) -> httpx.Response:
        if isinstance(one, Exception):
            raise one
        return one

    def record(self) -> dict[str, Any]:
        (write,) = self.writes
        made: dict[str, Any] = write["record"]
        return made


def blob(body: bytes, kind: str) -> dict[str, Any]:
    link = "b" + hashlib.sha256(body).hexdigest()[:40]
    return {"$type": "blob", "ref": {"$link": link}, "mimeType": kind, "size": len(body)}


def medium(
    folder: Path, name: str = "v60.png", kind: str = "image/png", *, alt: str = "", body: bytes = PNG, **more: Any
) -> Medium:
    path = folder / name
    path.write_bytes(body)
    return Medium(path, kind, len(body), hashlib.sha256(body).hexdigest(), alt, **more)


def post(*media: Medium, text: str = "Panen raya", **more: Any) -> Outgoing:
    return replace(outgoing(text=text), media=media, **more)


def test_the_registry_says_so() -> None:
    assert platform("bluesky").abilities.media and platform("bluesky").abilities.threads


# Pictures


async def test_pictures_with_their_descriptions_and_shapes(tmp_path: Path) -> None:
    network = Studio()
    one = medium(tmp_path, "satu.png", alt="V60 di meja ☕\ud83d", width=1200, height=800)
    two = medium(tmp_path, "dua.jpg", "image/jpeg", body=b"\xff\xd8\xff")
    made = await publish(network, post(one, two))
    assert network.blobs == [("image/png", PNG), ("image/jpeg", b"\xff\xd8\xff")]
    assert network.record()["embed"] == {
        "$type": "app.bsky.embed.images",
        "images": [
            {"image": blob(PNG, "image/png"), "alt": "V60 di meja ☕�", "aspectRatio": {"width": 1200, "height": 800}},
            {"image": blob(b"\xff\xd8\xff", "image/jpeg"), "alt": ""},
        ],
    }
    assert network.record()["text"] == "Panen raya" and made == await find(network, post())


async def test_an_answer_takes_pictures_too(tmp_path: Path) -> None:
    network = Studio()
    network.hold(ASKED, {"text": "Ada menunya?"})
    await publish(network, replace(outgoing(OutgoingKind.REPLY, "Ada", to(ASKED)), media=(medium(tmp_path),)))
    assert network.record()["embed"]["images"][0]["image"] == blob(PNG, "image/png")
    assert network.record()["reply"]["parent"]["uri"] == ASKED


async def test_an_expired_session_is_renewed_before_a_picture(tmp_path: Path) -> None:
    network, one = Studio(), credentials()
    await publish(network, outgoing(key="a", one=one))
    network.dead = True
    await publish(network, replace(outgoing(key="b", one=one), media=(medium(tmp_path),)))
    assert network.named("refreshSession") == 1 and len(network.blobs) == 1 and len(network.records) == 2


async def test_files_that_bluesky_takes_from_nobody_are_not_sent(tmp_path: Path) -> None:
    image, clip = medium(tmp_path), medium(tmp_path, "a.mp4", "video/mp4")
    for media, sentence in (
        ((image,) * 5, "at most 4 pictures"),
        ((image, clip), "a video stands alone"),
        ((clip, clip), "a video stands alone"),
        ((medium(tmp_path, "a.webm", "video/webm"),), "MP4 only"),
        ((medium(tmp_path, "a.mp3", "audio/mpeg"),), "pictures and videos only"),
        ((medium(tmp_path, "besar.png", body=PNG + b"\0" * 2_000_000),), "besar.png is too big"),
        ((replace(clip, alt="a" * 1_001),), "at most 1000 characters"),
    ):
        network = Studio()
        found = await refused(network, post(*media))
        assert found.kind is ErrorKind.REJECTED and sentence in str(found)
        assert network.seen == []
    network = Studio()
    await publish(network, post(*(image,) * 4))
    await publish(network, post(medium(tmp_path, "pas.png", body=PNG + b"\0" * (2_000_000 - 8)), key="lain"))
    dm = replace(outgoing(OutgoingKind.REPLY, "Ya", to("m1", "dm:3kconvo", MentionKind.DM)), media=(image,))
    assert "takes no files" in str(await refused(network, dm))


async def test_a_file_that_is_gone_or_another_one_by_now_is_not_sent(tmp_path: Path) -> None:
    network, one = Studio(), medium(tmp_path)
    one.path.write_bytes(PNG + b"x")
    assert (await refused(network, post(one))).kind is ErrorKind.REJECTED
    one.path.unlink()
    found = await refused(network, post(one))
    assert found.kind is ErrorKind.REJECTED and "v60.png" in str(found)
    assert network.writes == []


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (error(429, "RateLimitExceeded"), ErrorKind.RATE),
        (error(413, "PayloadTooLarge", "request entity too large"), ErrorKind.REJECTED),
        (error(400, "InvalidRequest", "no"), ErrorKind.REJECTED),
        (error(403, "Forbidden"), ErrorKind.PERMISSION),
        (error(401, "AccountTakedown"), ErrorKind.PERMISSION),
        (error(500, "InternalServerError"), ErrorKind.SERVER),
        (error(504, "UpstreamTimeout"), ErrorKind.SERVER),
        (error(408, "RequestTimeout"), ErrorKind.NETWORK),
        (httpx.ReadError("cut"), ErrorKind.NETWORK),
        (httpx.WriteError("cut"), ErrorKind.NETWORK),
        (httpx.ReadTimeout("slow"), ErrorKind.NETWORK),
        (httpx.Response(200, text="<html>"), ErrorKind.SERVER),
        (httpx.Response(200, json=[]), ErrorKind.SERVER),
        (httpx.Response(200, json={"blob": None}), ErrorKind.SERVER),
        (
            httpx.Response(200, json={"blob": {"ref": {"$link": "b\n"}, "mimeType": "image/png", "size": 8}}),
            ErrorKind.SERVER,
        ),
        (httpx.Response(200, json={"blob": blob(PNG, "image/png") | {"size": True}}), ErrorKind.SERVER),
        (httpx.Response(200, json={"blob": blob(PNG, "text/plain")}), ErrorKind.REJECTED),
    ],
)
async def test_nothing_arrives_by_an_upload(said: Answer, kind: ErrorKind, tmp_path: Path) -> None:
    good = httpx.Response(200, json={"blob": blob(PNG, "image/png")})
    network = Studio(uploads=[good, said])
    found = await refused(network, post(medium(tmp_path, "satu.png"), medium(tmp_path, "dua.png")))
    assert found.kind is kind and str(found).startswith("dua.png: "), str(found)
    assert network.writes == [] and network.named("uploadBlob") == 2
    assert await find(network, post()) is None


async def test_a_blob_that_was_dropped_meanwhile_is_handed_over_anew(tmp_path: Path) -> None:
    network = Studio(override={"createRecord": error(400, "BlobNotFound", "Could not find blob: b1")})
    found = await refused(network, post(medium(tmp_path)))
    assert found.kind is ErrorKind.SERVER  # of the kinds that are tried again


# Threads


async def test_the_parts_of_a_thread_and_the_first_comment() -> None:
    network = Studio(away=True)
    refs = []
    above = None
    for number in range(3):
        made = await publish(network, replace(outgoing(text=f"bagian {number}", key=f"k{number}"), above=above))
        refs.append({"uri": made.remote_id, "cid": network.cid(made.remote_id)})
        above = Above(made.remote_id, refs[0]["uri"])
    root = refs[0]
    comment = replace(outgoing(text="Tautan di sini", key="k9"), above=Above(root["uri"], root["uri"]))
    made = await publish(network, comment)
    replies = [write["record"].get("reply") for write in network.writes]
    assert replies == [
        None,
        {"root": root, "parent": root},
        {"root": root, "parent": refs[1]},
        {"root": root, "parent": root},
    ]
    # Found without a look at what it goes below, and whatever became of that.
    del network.records[root["uri"]]
    assert await find(network, comment) == made


async def test_a_part_whose_answer_was_lost_is_found_and_made_once() -> None:
    network = Studio()
    root = await publish(network, outgoing(key="k0"))
    part = replace(outgoing(text="dua", key="k1"), above=Above(root.remote_id, root.remote_id))
    network.cut = lost
    await refused(network, part, arrived=True)
    found = await find(network, part)
    network.cut = None
    later = replace(part, now=part.now + timedelta(minutes=5))
    assert found is not None and await publish(network, later) == found and len(network.records) == 2
    assert network.writes[-1]["record"]["createdAt"] != network.writes[-2]["record"]["createdAt"]


async def test_below_what_is_gone_nothing_goes_out(tmp_path: Path) -> None:
    network = Studio()
    network.hold(OURS, {"text": "satu"})
    gone = f"at://{ME}/{POST}/gone"
    for above, sentence in (
        (Above(gone, OURS), "the post that this one goes below is not on Bluesky any more"),
        (Above(gone, gone), "the post that this one goes below is not on Bluesky any more"),
        (Above(OURS, gone), "the first post of the thread is not on Bluesky any more"),
    ):
        found = await refused(network, post(medium(tmp_path), above=above))
        assert (found.kind, str(found)) == (ErrorKind.GONE, sentence)
    network.hold(ASKED, {"text": "orang lain"})
    for uri in (ASKED, "m1", "", f"at://{ME}/app.bsky.feed.like/x", "https://bsky.app/profile/x/post/y"):
        assert (await refused(network, post(above=Above(uri, OURS)))).kind is ErrorKind.REJECTED
        assert (await refused(network, post(above=Above(OURS, uri)))).kind is ErrorKind.REJECTED
    assert network.writes == [] and network.blobs == []


@pytest.mark.parametrize(
    "said",
    [
        error(502, "UpstreamFailure"),
        error(429, "RateLimitExceeded"),
        error(400, "InvalidRequest", "Could not find repo"),
        httpx.Response(404, text="<html>"),
        httpx.Response(200, json={"uri": ASKED, "cid": "bafy", "value": {}}),
        httpx.Response(200, json={"uri": OURS, "cid": "no cid\n", "value": {}}),
        httpx.Response(200, json=[]),
        httpx.Response(200, text="<html>"),
    ],
)
async def test_what_it_goes_below_can_not_be_told(said: httpx.Response) -> None:
    network = Studio(override={"getRecord": said})
    assert (await refused(network, post(above=Above(OURS, OURS)))).kind is not ErrorKind.GONE or said.status_code == 404
    assert network.writes == []


# Link cards


def page(text: str = HTML) -> httpx.Response:
    return httpx.Response(200, content=text, headers={"content-type": "text/html"})


LINKED = "Menu baru: https://kopi.example/menu, juga https://lain.example"


async def test_the_first_link_gets_a_card() -> None:
    network = Studio(pages={PAGE: page(), PICTURE: httpx.Response(200, content=PNG)})
    await publish(network, post(text=LINKED))
    assert network.record()["embed"] == {
        "$type": "app.bsky.embed.external",
        "external": {"uri": PAGE, "title": "Menu", "description": "Kopi Gayo", "thumb": blob(PNG, "image/png")},
    }
    assert network.blobs == [("image/png", PNG)]
    assert [str(one.url) for one in network.to_host("kopi.example")] == [PAGE, PICTURE]
    assert not any("authorization" in one.headers for one in network.to_host("kopi.example"))


@pytest.mark.parametrize("bad", [httpx.ConnectError("no"), httpx.ReadTimeout("slow"), httpx.Response(500), page("<p>")])
async def test_no_post_fails_for_the_lack_of_a_card(bad: Answer) -> None:
    network = Studio(pages={PAGE: bad})
    await publish(network, post(text=LINKED))
    assert "embed" not in network.record() and len(network.record()["facets"]) == 2


@pytest.mark.parametrize(
    "bad",
    [
        error(413, "PayloadTooLarge"),
        error(500, "InternalServerError"),
        httpx.ReadError("cut"),
        httpx.Response(200, json={}),
        httpx.Response(200, json={"blob": blob(PNG, "text/plain")}),
    ],
)
async def test_a_picture_that_can_not_be_handed_over_is_left_out(bad: Answer) -> None:
    network = Studio(pages={PAGE: page(), PICTURE: httpx.Response(200, content=PNG)}, uploads=[bad])
    await publish(network, post(text=LINKED))
    assert network.record()["embed"]["external"] == {"uri": PAGE, "title": "Menu", "description": "Kopi Gayo"}


async def test_where_no_card_is_wanted_no_page_is_asked(tmp_path: Path) -> None:
    network = Studio(pages={PAGE: page()})
    network.hold(ASKED, {"text": "Enak!"})
    await publish(network, post(medium(tmp_path), text=LINKED))
    await publish(network, outgoing(OutgoingKind.REPLY, LINKED, to(ASKED), key="b"))
    await publish(network, outgoing(text="Tanpa tautan", key="c"))
    assert network.to_host("kopi.example") == network.to_host("lain.example") == []


async def test_a_later_try_with_another_card_is_the_same_post(tmp_path: Path) -> None:
    network = Studio(pages={PAGE: page()}, cut=lost)
    await refused(network, post(text=LINKED), arrived=True)
    network.cut, network.pages[PAGE] = None, page("<title>Lain sekali</title>")
    made = await publish(network, post(text=LINKED))
    assert made == await find(network, post(text=LINKED)) and len(network.records) == 1
    assert network.records[made.remote_id]["embed"]["external"]["title"] == "Menu"
    first, second = (write["record"]["embed"] for write in network.writes)
    assert first != second


# Videos


def clip(folder: Path) -> Medium:
    return medium(folder, "senja.mp4", "video/mp4", body=b"video", alt="Senja", width=720, height=1280)


MADE = blob(b"ready", "video/mp4")


def job(state: str, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"jobStatus": {"jobId": "j1", "did": ME, "state": state} | more})


async def video(network: Studio, one: Medium, pauses: list[float]) -> dict[str, Any] | None:
    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    async with Client(transport=network.transport()) as client:
        return await made_ready(one, Caller(credentials(), client, NOW), pause=pause)


async def test_a_video_is_made_ready_before_the_post(tmp_path: Path) -> None:
    network = Studio(jobs=[job("JOB_STATE_COMPLETED", blob=MADE)])
    network.takes = httpx.Response(200, json={"jobId": "j1", "did": ME, "state": "JOB_STATE_CREATED"})
    await publish(network, post(clip(tmp_path)))
    ratio = {"width": 720, "height": 1280}
    assert network.record()["embed"] == {
        "$type": "app.bsky.embed.video",
        "video": MADE,
        "alt": "Senja",
        "aspectRatio": ratio,
    }
    limits, sent, asked = network.to_host(VIDEO_HOST)
    until = int((NOW + timedelta(minutes=37)).timestamp())
    # Each call has a token of its own; the account's never goes there.
    assert limits.headers["authorization"] == (
        f"Bearer service-{until}-app.bsky.video.getUploadLimits-did:web:video.bsky.app"
    )
    assert sent.headers["authorization"] == f"Bearer service-{until}-com.atproto.repo.uploadBlob-did:web:pds.example"
    assert (sent.headers["content-type"], sent.content, sent.url.params["did"]) == ("video/mp4", b"video", ME)
    assert asked.url.params["jobId"] == "j1" and "authorization" not in asked.headers
    assert network.blobs == []


async def test_a_video_is_waited_for(tmp_path: Path) -> None:
    pauses: list[float] = []
    busy: list[Answer] = [
        job("JOB_STATE_ENCODING"),
        httpx.ReadTimeout("slow"),
        error(503, "Away"),
        job("JOB_STATE_SCANNING"),
    ]
    network = Studio(jobs=[*busy, job("JOB_STATE_COMPLETED", blob=MADE)])
    assert await video(network, clip(tmp_path), pauses) == MADE and len(pauses) == 5


@pytest.mark.parametrize(
    "takes",
    [
        httpx.Response(409, json={"jobId": "j1", "state": "JOB_STATE_COMPLETED", "error": "already_exists"}),
        httpx.Response(200, json={"jobStatus": {"jobId": "j1", "state": "JOB_STATE_CREATED"}}),
        httpx.Response(200, json={"jobId": "j1", "state": "JOB_STATE_FAILED", "error": "already_exists", "blob": MADE}),
    ],
)
async def test_a_video_that_is_known_already(takes: httpx.Response, tmp_path: Path) -> None:
    known = job("JOB_STATE_FAILED", error="already_exists", blob=MADE)
    assert await video(Studio(takes=takes, jobs=[known]), clip(tmp_path), []) == MADE


@pytest.mark.parametrize(
    ("change", "kind", "sentence"),
    [
        (
            {"jobs": [job("JOB_STATE_FAILED", message="Failed to process video")]},
            ErrorKind.REJECTED,
            "Failed to process",
        ),
        ({"jobs": [error(404, "NotFound")]}, ErrorKind.GONE, ""),
        ({"limits": error(503, "Away")}, ErrorKind.SERVER, ""),
        ({"limits": error(429, "RateLimitExceeded")}, ErrorKind.RATE, ""),
        ({"limits": httpx.ConnectError("no")}, ErrorKind.NETWORK, ""),
        (
            {
                "limits": httpx.Response(
                    401, json={"error": "unconfirmed_email", "message": "Email?", "canUpload": False}
                )
            },
            ErrorKind.REJECTED,
            "Email?",
        ),
        ({"limits": httpx.Response(200, json={"canUpload": True, "remainingDailyBytes": 4})}, ErrorKind.QUOTA, "today"),
        ({"takes": error(500, "InternalServerError")}, ErrorKind.SERVER, ""),
        ({"takes": error(400, "InvalidRequest", "bad codec")}, ErrorKind.REJECTED, "bad codec"),
        ({"takes": httpx.ReadError("cut")}, ErrorKind.NETWORK, ""),
        ({"takes": httpx.Response(200, text="<html>")}, ErrorKind.SERVER, ""),
        ({"takes": error(409, "Conflict")}, ErrorKind.REJECTED, ""),
        ({"override": {"getServiceAuth": error(400, "InvalidRequest")}}, ErrorKind.REJECTED, ""),
        ({"override": {"getServiceAuth": httpx.Response(200, json=[])}}, ErrorKind.SERVER, ""),
        ({"override": {"describeServer": httpx.Response(200, json={"did": "x"})}}, ErrorKind.SERVER, ""),
    ],
)
async def test_nothing_arrives_by_a_video(
    change: dict[str, Any], kind: ErrorKind, sentence: str, tmp_path: Path
) -> None:
    network = Studio(**change)
    found = await refused(network, post(clip(tmp_path)))
    assert found.kind is kind and "senja.mp4" in str(found) and sentence in str(found), str(found)
    assert network.writes == []


async def test_a_video_that_is_never_ready_is_given_up(tmp_path: Path) -> None:
    pauses: list[float] = []
    with pytest.raises(PlatformError, match="still busy with it") as caught:
        await video(Studio(jobs=[job("JOB_STATE_ENCODING") for _count in range(100)]), clip(tmp_path), pauses)
    assert caught.value.kind is ErrorKind.SERVER and not caught.value.arrived and 120 <= sum(pauses) <= 240


@pytest.mark.parametrize(
    "change",
    [
        {"limits": httpx.Response(401, json={"error": "profile_not_found", "message": "Profile", "canUpload": False})},
        {"limits": error(404, "NotFound")},
        {"limits": httpx.Response(200, text="<html>")},
        {"takes": error(401, "AuthMissing")},
    ],
)
async def test_where_the_service_does_not_serve_the_pds_takes_the_video(change: dict[str, Any], tmp_path: Path) -> None:
    network = Studio(**change)
    await publish(network, post(clip(tmp_path)))
    assert network.record()["embed"]["video"] == blob(b"video", "video/mp4")


async def test_a_server_without_tls_is_no_part_of_bluesky_s_network(tmp_path: Path) -> None:
    network = Studio()
    near = replace(credentials(), url="http://pds.example")
    await publish(network, replace(post(clip(tmp_path)), credentials=near))
    assert network.to_host(VIDEO_HOST) == [] and network.blobs == [("video/mp4", b"video")]
    network = Studio(sniffed="video/quicktime")
    found = await refused(network, replace(post(clip(tmp_path)), credentials=near))
    assert found.kind is ErrorKind.REJECTED and "video/quicktime" in str(found)
