"""Mastodon: files and threads. What is uploaded has not arrived; what is out is found by its files and its place."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.platforms.mastodon import Mastodon
from smdash.platforms.mastodon_media import PAUSES
from smdash.platforms.outgoing import Above, Medium, Outgoing, OutgoingKind, Published

from . import publishing, test_faults
from .faulty import Request, answer
from .mastodon_posts import ME, Posts
from .publishing import picture
from .servers import Mock, mastodon_mock
from .test_mastodon_publish import FOUND_NO, NOW, STATUSES, UNREADABLE, find, live, not_told, outgoing, read, to

POST, REPLY = OutgoingKind.POST, OutgoingKind.REPLY
GONE = "the post that this one goes below is not there any more"


@pytest.fixture
def posts() -> Posts:
    return Posts(NOW)


@pytest.fixture
def photo(tmp_path: Path) -> Medium:
    return picture(tmp_path)


class Waits:
    """Seconds that were waited for; nothing is waited in truth."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


async def publish(posts: Posts, out: Outgoing, waits: Waits | None = None) -> Published:
    async with Client(transport=posts.transport()) as client:
        return await Mastodon(waits or Waits()).publish(out, client)


async def refused(posts: Posts, out: Outgoing, waits: Waits | None = None) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(posts, out, waits)
    assert str(caught.value).isprintable() and "token-of-kopi" not in str(caught.value)
    return caught.value


def mine(posts: Posts) -> list[dict[str, Any]]:
    return [one for one in posts.statuses if one["account"]["id"] == ME]


def instead(part: str, made: httpx.Response | Exception, method: str = "POST") -> Any:
    """Answer so to *method* calls of that path, whatever was done."""

    def spoil(request: httpx.Request, good: httpx.Response) -> httpx.Response | Exception:
        return made if request.method == method and request.url.path.endswith(part) else good

    return spoil


def below(status: dict[str, Any]) -> Above:
    return Above(status["id"], status["id"])


# Files


async def test_a_picture_goes_up_with_its_description_and_the_post_holds_it(posts: Posts, photo: Medium) -> None:
    made = await publish(posts, outgoing(media=(photo,)))
    assert posts.asked() == [("POST", "/api/v2/media"), ("POST", "/api/v1/statuses")]
    (file,) = posts.files.values()
    assert (file["bytes"], file["type"], file["description"]) == (photo.path.read_bytes(), "image", "Secangkir kopi")
    assert json.loads(posts.requests[1].content) == {
        "status": "Kopi baru dari Gayo",
        "visibility": "public",
        "media_ids": [file["id"]],
    }
    assert posts.requests[1].headers["idempotency-key"] == "post-0123abcd"
    assert await find(posts, outgoing(media=(photo,))) == made


async def test_several_keep_their_order_and_a_post_needs_no_text(posts: Posts, tmp_path: Path) -> None:
    photos = tuple(picture(tmp_path, f"{side}.png", alt, side) for side, alt in ((9, "satu"), (8, ""), (7, "tiga")))
    out = outgoing(text="", media=photos)
    made = await publish(posts, out)
    (status,) = posts.statuses
    assert [one["description"] for one in status["media_attachments"]] == ["satu", None, "tiga"]
    assert b"description" not in posts.requests[1].content  # where there is none, none is sent
    assert await find(posts, out) == made


async def test_an_answer_can_hold_a_picture(posts: Posts, photo: Medium) -> None:
    asked = posts.theirs("@kopi menunya?")
    out = outgoing(REPLY, "Ini kak", addressee=to(asked), media=(photo,))
    made = await publish(posts, out)
    assert mine(posts)[0]["in_reply_to_id"] == asked["id"] and len(mine(posts)[0]["media_attachments"]) == 1
    assert await find(posts, out) == made


async def test_a_file_that_the_server_works_on_is_waited_for(posts: Posts, tmp_path: Path) -> None:
    posts.looks = 4
    waits = Waits()
    await publish(
        posts, outgoing(media=(picture(tmp_path, "a.png", side=9), picture(tmp_path, "b.png", side=8))), waits
    )
    looked = [path for method, path in posts.asked() if method == "GET"]
    assert looked == ["/api/v1/media/1/b"] * 4 + ["/api/v1/media/2/b"] * 4
    assert waits.seconds == list(PAUSES[:6])
    assert posts.asked()[-1] == ("POST", "/api/v1/statuses") and len(posts.statuses) == 1
    posts.looks = 1
    assert b"/api/v1/media/1%2Fb" in [one.url.raw_path for one in posts.requests]


async def test_a_server_that_is_never_done(posts: Posts, photo: Medium) -> None:
    posts.looks = 10_000
    waits = Waits()
    error = await refused(posts, outgoing(media=(photo,)), waits)
    assert str(error) == "kopi.example is still not done with the file promo.png after 10 minutes"
    assert (error.kind, error.arrived, posts.statuses) == (ErrorKind.SERVER, False, [])
    assert sum(waits.seconds) == 600 and len(waits.seconds) < 100


async def test_a_file_that_the_server_can_not_use(posts: Posts, photo: Medium) -> None:
    posts.looks, posts.fails = 3, True
    error = await refused(posts, outgoing(media=(photo,)))
    said = "Error processing thumbnail for uploaded media"
    assert str(error) == f"kopi.example does not take the file promo.png (422): {said}"
    assert (error.kind, error.arrived, posts.statuses) == (ErrorKind.REJECTED, False, [])


@pytest.mark.parametrize(("troubles", "good"), [(1, True), (5, True), (6, False)])
@pytest.mark.parametrize(
    "trouble",
    [httpx.Response(503), httpx.Response(429), httpx.Response(404), httpx.ReadError("no"), httpx.Response(200)],
)
async def test_a_look_may_fail_some_times(
    posts: Posts, photo: Medium, trouble: httpx.Response | Exception, troubles: int, good: bool
) -> None:
    posts.looks = 2
    failed = 0

    def spoil(request: httpx.Request, made: httpx.Response) -> httpx.Response | Exception:
        nonlocal failed
        if request.method == "POST" or failed == troubles:
            return made
        failed += 1
        return trouble

    posts.spoil = spoil
    if good:
        await publish(posts, outgoing(media=(photo,)))
        assert len(posts.statuses) == 1
    else:
        error = await refused(posts, outgoing(media=(photo,)))
        assert error.kind in (ErrorKind.SERVER, ErrorKind.RATE, ErrorKind.NETWORK)
        assert not error.arrived and posts.statuses == []


@pytest.mark.parametrize(("status", "kind"), [(401, ErrorKind.AUTH), (403, ErrorKind.PERMISSION)])
async def test_a_look_that_is_not_permitted_is_not_tried_again(
    posts: Posts, photo: Medium, status: int, kind: ErrorKind
) -> None:
    posts.looks = 2
    posts.spoil = instead("/b", httpx.Response(status), "GET")
    error = await refused(posts, outgoing(media=(photo,)))
    assert (error.kind, error.arrived, len(posts.requests)) == (kind, False, 2)


@pytest.mark.parametrize(("status", "kind", "_arrived"), STATUSES)
async def test_of_an_upload_nothing_arrives(
    posts: Posts, photo: Medium, status: int, kind: ErrorKind, _arrived: bool
) -> None:
    posts.spoil = instead("/media", httpx.Response(status, json={"error": "no, token-of-kopi"}))
    error = await refused(posts, outgoing(media=(photo,)))
    assert error.kind is (ErrorKind.REJECTED if status == 404 else kind)
    assert not error.arrived and posts.asked() == [("POST", "/api/v2/media")]


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (413, "the file promo.png is too big for kopi.example (413): File size must be less than 16 MB"),
        (415, "kopi.example does not take the file promo.png (415): File size must be less than 16 MB"),
        (422, "kopi.example does not take the file promo.png (422): File size must be less than 16 MB"),
        (404, "kopi.example takes no files in the way that Mastodon does (404)"),
    ],
)
async def test_a_person_is_told_which_file_is_refused(posts: Posts, photo: Medium, status: int, words: str) -> None:
    posts.spoil = instead("/media", httpx.Response(status, json={"error": "File size must be less than 16 MB"}))
    assert str(await refused(posts, outgoing(media=(photo,)))) == words


async def test_uploads_that_are_too_many_for_now(posts: Posts, photo: Medium) -> None:
    until = NOW + timedelta(minutes=20)
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": until.isoformat()}
    posts.spoil = instead("/media", httpx.Response(429, headers=headers))
    error = await refused(posts, outgoing(media=(photo,)))
    assert (error.kind, error.retry_at, error.arrived) == (ErrorKind.RATE, until, False)


@pytest.mark.parametrize("name", [name for name in UNREADABLE if name != "a scheduled one"])
async def test_an_answer_without_an_id_that_can_be_kept(posts: Posts, photo: Medium, name: str) -> None:
    answered = UNREADABLE[name]
    if name == "202":
        answered = httpx.Response(202, json={"url": None})
    posts.spoil = instead("/media", answered)
    error = await refused(posts, outgoing(media=(photo,)))
    assert (error.kind, error.arrived, len(posts.requests)) == (ErrorKind.SERVER, False, 1)


@pytest.mark.parametrize("failure", [httpx.ConnectError("no"), httpx.ReadError("no"), httpx.WriteTimeout("no")])
async def test_a_line_that_breaks_while_a_file_is_sent(posts: Posts, photo: Medium, failure: Exception) -> None:
    posts.spoil = instead("/media", failure)
    error = await refused(posts, outgoing(media=(photo,)))
    assert (error.kind, error.arrived, posts.statuses) == (ErrorKind.NETWORK, False, [])


async def test_the_second_of_three_is_refused(posts: Posts, tmp_path: Path) -> None:
    files = tuple(picture(tmp_path, f"{side}.png", side=side) for side in (7, 8, 9))

    def spoil(request: httpx.Request, made: httpx.Response) -> httpx.Response:
        return httpx.Response(422) if len(posts.files) == 2 else made

    posts.spoil = spoil
    error = await refused(posts, outgoing(media=files))
    assert "8.png" in str(error) and len(posts.requests) == 2 and posts.statuses == []


async def test_what_the_server_says_of_the_mix(posts: Posts, photo: Medium) -> None:
    said = "Validation failed: Cannot attach a video to a post that already contains images"
    posts.spoil = instead("/statuses", httpx.Response(422, json={"error": said}))
    error = await refused(posts, outgoing(media=(photo,)))
    assert str(error) == f"kopi.example refused the request (422): {said}"
    assert (error.kind, error.arrived) == (ErrorKind.REJECTED, False)


async def test_a_lost_answer_is_found_and_nothing_goes_up_again(posts: Posts, photo: Medium) -> None:
    posts.knows_keys = False
    posts.spoil = instead("/statuses", httpx.ReadTimeout("no"))
    out = outgoing(text="", media=(photo,))
    assert (await refused(posts, out)).arrived
    posts.spoil = lambda _request, made: made
    found = await find(posts, replace(out, now=NOW + timedelta(minutes=3)))
    assert found is not None and found.remote_id == posts.statuses[0]["id"]
    assert len(posts.files) == 1 and len(posts.statuses) == 1


async def test_an_end_between_upload_and_post_uploads_again(posts: Posts, photo: Medium) -> None:
    class Killed(BaseException):
        pass

    async def dies(_seconds: float) -> None:
        raise Killed

    posts.looks = 2
    out = outgoing(media=(photo,))
    with pytest.raises(Killed):
        async with Client(transport=posts.transport()) as client:
            await Mastodon(dies).publish(out, client)
    assert await find(posts, out) is None
    made = await publish(posts, out)
    assert len(posts.files) == 2 and [one["id"] for one in posts.statuses] == [made.remote_id]


async def test_the_same_key_twice_is_one_post_with_one_set_of_files(posts: Posts, photo: Medium) -> None:
    out = outgoing(media=(photo,))
    assert await publish(posts, out) == await publish(posts, out)
    assert len(posts.statuses) == 1 and len(posts.statuses[0]["media_attachments"]) == 1


# Threads


async def test_a_part_goes_below_the_one_before(posts: Posts, photo: Medium) -> None:
    above = None
    texts = ("Satu", "Dua", "Tiga")
    for text in texts:
        await publish(posts, outgoing(text=text, above=above, key=f"post-{text}", media=(photo,)))
        above = below(posts.statuses[-1])
    assert [one["in_reply_to_id"] for one in posts.statuses] == [None, *[one["id"] for one in posts.statuses[:2]]]
    assert {one["visibility"] for one in posts.statuses} == {"public"}
    assert posts.asked()[2:5] == [
        ("GET", f"/api/v1/statuses/{posts.statuses[0]['id']}"),
        ("POST", "/api/v2/media"),
        ("POST", "/api/v1/statuses"),
    ]


@pytest.mark.parametrize("status", [404, 410])
async def test_the_part_before_is_gone(posts: Posts, photo: Medium, status: int) -> None:
    posts.spoil = instead("/9", httpx.Response(status, json={"error": "Record not found"}), "GET")
    error = await refused(posts, outgoing(above=Above("9", "8"), media=(photo,)))
    assert (str(error), error.kind, error.arrived) == (GONE, ErrorKind.GONE, False)
    assert len(posts.requests) == 1 and posts.statuses == [] and posts.files == {}


async def test_the_part_before_goes_while_this_one_is_sent(posts: Posts) -> None:
    first = posts.add("Satu")
    posts.spoil = instead("/statuses", httpx.Response(404, json={"error": "The post you are replying to ..."}))
    error = await refused(posts, outgoing(above=below(first)))
    assert (str(error), error.kind, error.arrived) == (GONE, ErrorKind.GONE, False)


async def test_what_may_be_out_is_not_called_gone(posts: Posts) -> None:
    """The server says that it has it already, and then does not let us look."""
    first = posts.add("Satu")

    def spoil(request: httpx.Request, made: httpx.Response) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(422, json={"error": "Status is a duplicate"})
        return httpx.Response(404) if request.url.path.endswith("verify_credentials") else made

    posts.spoil = spoil
    error = await refused(posts, outgoing(above=below(first)))
    assert error.arrived and str(error) != GONE


async def test_a_server_that_takes_a_post_below_nothing_gets_none(posts: Posts) -> None:
    posts.checks_parents = False
    error = await refused(posts, outgoing(above=Above("9", "9")))
    assert (error.kind, posts.statuses) == (ErrorKind.GONE, [])


@pytest.mark.parametrize("name", UNREADABLE)
async def test_what_it_goes_below_must_be_readable(posts: Posts, name: str) -> None:
    first = posts.add("Satu")
    answered = UNREADABLE[name]
    if name == "a scheduled one":
        answered = httpx.Response(200, json={"id": "5"})
    posts.spoil = instead("", answered, "GET")
    error = await refused(posts, outgoing(above=below(first)))
    assert (error.kind, error.arrived, len(posts.requests)) == (ErrorKind.SERVER, False, 1)


async def test_parts_of_equal_words_are_told_apart_by_their_place(posts: Posts) -> None:
    posts.knows_keys = False
    out = outgoing(text="Lanjut")
    asked = posts.theirs("@kopi halo")
    posts.add("Lanjut", in_reply_to_id=asked["id"], in_reply_to_account_id="77")
    elsewhere = posts.add("Utas lain")
    posts.add("Lanjut", in_reply_to_id=elsewhere["id"], in_reply_to_account_id=ME)
    made: list[Published] = []
    for count in range(4):
        part = out if count == 0 else replace(out, above=Above(made[-1].remote_id, made[0].remote_id))
        assert await find(posts, part) is None
        made.append(await publish(posts, part))
        assert await find(posts, part) == made[-1]
    for count in range(1, 4):
        part = replace(out, above=Above(made[count - 1].remote_id, made[0].remote_id))
        assert await find(posts, part) == made[count]
    assert await find(posts, out) == made[0]


async def test_a_part_whose_top_was_deleted_is_still_a_part(posts: Posts) -> None:
    first = posts.add("Satu")
    part = outgoing(text="Dua", above=below(first))
    made = await publish(posts, part)
    # Mastodon forgets the id of what was deleted, not whose it was.
    posts.statuses[-1]["in_reply_to_id"] = None
    posts.statuses.remove(first)
    assert await find(posts, part) == made
    assert str(await not_told(posts, outgoing(text="Dua"))) == FOUND_NO  # it may have stood alone from the beginning
    posts.statuses[-1]["in_reply_to_account_id"] = "77"
    assert await find(posts, part) is None


# What is compared of files


@pytest.mark.parametrize(
    "held",
    [
        [],
        [{"type": "image", "description": "Secangkir teh"}],
        [{"type": "video", "description": "Secangkir kopi"}],
        [{"type": "image", "description": "Secangkir kopi"}] * 2,
    ],
)
async def test_other_files_make_another_post_unless_it_says_the_same(
    posts: Posts, photo: Medium, held: list[dict[str, Any]]
) -> None:
    """Without text, files are all there is to go by; beside the same text, a person has to look."""
    posts.add("", media_attachments=held)
    posts.add("Kopi", media_attachments=held)
    assert await find(posts, outgoing(text="", media=(photo,))) is None
    assert await find(posts, outgoing(text="Teh", media=(photo,))) is None
    assert str(await not_told(posts, outgoing(text="Kopi", media=(photo,)))) == FOUND_NO
    if held:
        assert str(await not_told(posts, outgoing(text="Kopi"))) == FOUND_NO
    out = outgoing(text="Kopi", media=(photo,))
    made = await publish(posts, out)
    assert await find(posts, out) == made


@pytest.mark.parametrize("kind", ["image", "gifv", "unknown"])
@pytest.mark.parametrize("description", ["Secangkir kopi", " Secangkir\n kopi "])
async def test_what_a_server_makes_of_a_picture(posts: Posts, photo: Medium, kind: str, description: str) -> None:
    made = posts.add("", media_attachments=[{"type": kind, "description": description}])
    assert await find(posts, outgoing(text="", media=(photo,))) == Published(made["id"], made["url"])


async def test_a_server_that_drops_descriptions(posts: Posts, photo: Medium) -> None:
    posts.keeps_alt = False
    spoken, silent = outgoing(media=(photo,)), outgoing(text="", media=(photo,), key="post-silent")
    made = await publish(posts, spoken)
    await publish(posts, silent)
    assert await find(posts, spoken) == made
    assert str(await not_told(posts, silent)) == FOUND_NO


@pytest.mark.parametrize("held", [None, "x", 5, [5], [None]])
async def test_files_that_can_not_be_read(posts: Posts, photo: Medium, held: object) -> None:
    for text in ("", "Kopi"):
        posts.statuses.clear()
        posts.add(text, media_attachments=held)
        assert str(await not_told(posts, outgoing(text=text, media=(photo,)))) == FOUND_NO
    if not isinstance(held, list):
        # Servers that leave them out of what has none.
        assert await find(posts, outgoing(text="Kopi")) is not None


async def test_words_are_not_looked_up_for_a_post_of_another_picture(posts: Posts, photo: Medium) -> None:
    for count in range(20):
        posts.add("👍", media_attachments=[{"type": "image", "description": f"{count}"}])
        posts.add("", media_attachments=[{"type": "image", "description": f"{count}"}])
        posts.add("☕", media_attachments=[{"type": "image", "description": photo.alt}])
    assert await find(posts, outgoing(text="", media=(photo,))) is None
    assert not [path for _method, path in posts.asked() if path.endswith("/source")]


# Real sockets, and all that bad servers do


async def _reads(request: Request, writer: asyncio.StreamWriter) -> None:
    found: dict[str, object] = {"id": "5", "content": "<p>satu</p>", "account": {"id": "1", "acct": "kopi"}}
    if request.path.endswith("/media"):
        found = {"id": "7", "type": "image", "url": "https://kopi.example/7"}
    await answer(writer, body=json.dumps(found).encode())


def _outgoing(url: str, kind: OutgoingKind) -> Outgoing:
    credentials = Credentials("mastodon", "kopi", url, test_faults.TOKEN)
    return Outgoing(kind, credentials, "post-0123abcd", test_faults.NOW, test_faults.NOW, "Dua", above=Above("5", "5"))


def _is_upload(request: Request) -> bool:
    return request.method == "POST" and request.path == "/api/v2/media"


NETWORK = publishing.Network(
    Mastodon,
    _outgoing,
    _reads,
    lambda request: request.method == "POST" and not _is_upload(request),
    _is_upload,
)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_upload(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_upload(NETWORK, behaviour, photo)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_write_after_an_upload(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_write(NETWORK, POST, behaviour, photo)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_look_at_the_part_before(behaviour: str) -> None:
    await publishing.spoiled_read(NETWORK, POST, behaviour)


@pytest.mark.parametrize("status", [413, 415, 422])
async def test_a_refused_file(status: int, photo: Medium) -> None:
    await publishing.refused_file(NETWORK, status, photo)


async def test_a_server_that_dies_before_it_answers_to_a_file(photo: Medium) -> None:
    await publishing.cut_before_the_answer_to_a_file(NETWORK, photo)


async def test_a_file_of_no_use(photo: Medium) -> None:
    await publishing.file_of_no_use(NETWORK, photo)


# A server that we didn't write: it takes files and is done at once, whatever they are.


@pytest.fixture(scope="module")
def mock() -> Iterator[Mock]:
    with mastodon_mock() as running:
        yield running


@pytest.mark.server
async def test_a_picture_with_its_description_is_there_and_found(mock: Mock, photo: Medium) -> None:
    for text in ("Kopi & senja", ""):
        out = live(mock, POST, text, media=(photo,))
        async with Client() as client:
            assert await Mastodon().find(out, client) is None
            made = await Mastodon().publish(out, client)
            assert await Mastodon().publish(out, client) == made
            assert await Mastodon().find(out, client) == made
        (held,) = read(mock, f"/api/v1/statuses/{made.remote_id}")["media_attachments"]
        assert (held["type"], held["description"]) == ("image", "Secangkir kopi")
        assert httpx.get(held["url"]).content == photo.path.read_bytes()


@pytest.mark.server
async def test_a_thread_of_three_and_a_first_comment(mock: Mock, photo: Medium) -> None:
    async with Client() as client:
        made: list[Published] = []
        for text in ("Utas", "Sama", "Sama"):
            above = Above(made[-1].remote_id, made[0].remote_id) if made else None
            out = live(mock, POST, text, above=above, media=(photo,) if not made else ())
            assert await Mastodon().find(out, client) is None
            made.append(await Mastodon().publish(out, client))
            assert await Mastodon().find(out, client) == made[-1]
        comment = live(mock, POST, "Tautan: https://toko.example", above=Above(made[0].remote_id, made[0].remote_id))
        made.append(await Mastodon().publish(comment, client))
        assert await Mastodon().find(comment, client) == made[-1]
        gone = live(mock, POST, "Empat", above=Above("99999", made[0].remote_id))
        with pytest.raises(PlatformError, match=GONE):
            await Mastodon().publish(gone, client)
    shown = [read(mock, f"/api/v1/statuses/{one.remote_id}")["in_reply_to_id"] for one in made]
    assert shown == [None, made[0].remote_id, made[1].remote_id, made[0].remote_id]


@pytest.mark.server
async def test_what_the_real_one_refuses_of_files(mock: Mock, tmp_path: Path) -> None:
    five = tuple(picture(tmp_path, f"{side}.png", side=side) for side in range(1, 6))
    async with Client() as client:
        with pytest.raises(PlatformError) as caught:
            await Mastodon().publish(live(mock, POST, "Lima", media=five), client)
        assert (caught.value.kind, caught.value.arrived) == (ErrorKind.REJECTED, False)
        verified = await Mastodon().verify(Credentials("mastodon", "kopi", mock.url, mock.token), client, NOW)
    assert verified.limits["image_matrix_limit"] == 16_777_216 and verified.limits["video_frame_rate_limit"] == 60
