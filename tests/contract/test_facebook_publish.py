"""Facebook pages: what goes out, whether it may have arrived, and that what is out is found again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smdash.core.errors import ErrorKind, PlatformError
from smdash.core.records import MentionKind
from smdash.platforms.base import Credentials
from smdash.platforms.client import Client
from smdash.platforms.facebook_page import FacebookPage
from smdash.platforms.meta_graph import BASE as GRAPH
from smdash.platforms.meta_graph import VIDEO_BASE, Graph
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind, Published
from smdash.platforms.registry import find as platform

from . import publishing, test_faults
from .fake_graph import BASE, PAGE, START, TOKEN, Fake, error
from .faulty import Request

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind
NOW = START + timedelta(hours=9)
CREDENTIALS = Credentials("facebook_page", "kopi", BASE, TOKEN)
FOUND_NO = "it can't be told from the newest posts of the account kopi whether this is out; look there"


@pytest.fixture
def photo(tmp_path: Path) -> Medium:
    return publishing.picture(tmp_path)


@pytest.fixture
def video(tmp_path: Path) -> Medium:
    made = publishing.picture(tmp_path, "seduh.mp4")
    return replace(made, media_type="video/mp4", seconds=5.0)


def outgoing(kind: OutgoingKind = POST, text: str = "Kopi baru dari Gayo", **changes: Any) -> Outgoing:
    return replace(Outgoing(kind, CREDENTIALS, "post-0123abcd", NOW, NOW, text), **changes)


def to(comment: dict[str, Any], kind: MentionKind = MentionKind.COMMENT) -> Addressee:
    return Addressee(comment["id"], kind, "77", comment.get("permalink_url"), comment["id"])


async def publish(fake: Fake, out: Outgoing) -> Published:
    async with Client(transport=fake.transport()) as client:
        return await FacebookPage().publish(out, client)


async def refused(fake: Fake, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    assert str(caught.value).isprintable() and TOKEN not in str(caught.value)
    return caught.value


async def find(fake: Fake, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await FacebookPage().find(out, client)


def writes(fake: Fake) -> list[tuple[str, str, dict[str, Any]]]:
    return [call for call in fake.calls if call[0] != "GET"]


# Posts


async def test_a_post_with_its_link_and_one_with_none() -> None:
    fake = Fake()
    made = await publish(fake, outgoing(text="Lihat https://kopi.example/gayo, ya"))
    assert made == Published(fake.posts[0]["id"], fake.posts[0]["permalink_url"])
    await publish(fake, outgoing())
    first, second = (call[2] for call in writes(fake))
    assert first == {
        "message": "Lihat https://kopi.example/gayo, ya", "link": "https://kopi.example/gayo", "fields": "id,permalink_url",
    }  # fmt: skip
    assert "link" not in second and {call[1] for call in writes(fake)} == {f"{PAGE}/feed"}


def test_what_the_registry_says() -> None:
    able = platform("facebook_page").abilities
    assert (
        able.inbox and able.publish and able.reply and able.media and able.first_comment and able.metrics and able.push
    )
    assert not able.search


async def test_photos_go_up_unpublished_and_one_call_publishes_them(photo: Medium) -> None:
    fake = Fake()
    await publish(fake, outgoing(text="", media=(photo, photo)))
    calls = writes(fake)
    assert [call[1] for call in calls] == [f"{PAGE}/photos", f"{PAGE}/photos", f"{PAGE}/feed"]
    assert calls[0][2] == {"published": "false", "alt_text_custom": "Secangkir kopi"}
    assert calls[2][2]["attached_media"] == [{"media_fbid": "up1"}, {"media_fbid": "up2"}]
    assert "message" not in calls[2][2] and len(fake.posts) == 1


async def test_a_video_is_one_upload_and_its_post_is_told_where_it_can_be(video: Medium) -> None:
    fake = Fake()
    fake.refuse["GET up1"] = 200, {"id": "up1", "post_id": "777", "permalink_url": "/kopisenja/videos/up1/"}
    made = await publish(fake, outgoing(media=(video,)))
    assert made == Published(f"{PAGE}_777", "https://www.facebook.com/kopisenja/videos/up1/")
    assert writes(fake) == [("POST", f"{PAGE}/videos", {"description": "Kopi baru dari Gayo"})]
    fake.refuse["GET up2"] = 500, error(2)
    assert await publish(fake, outgoing(media=(video,))) == Published("up2")


async def test_videos_go_up_at_their_own_host(video: Medium) -> None:
    graph = Graph(replace(CREDENTIALS, url=GRAPH), None, NOW)  # type: ignore[arg-type]
    assert graph._address("1/videos", video=True) == f"{VIDEO_BASE}/v26.0/1/videos"
    assert graph._address("1/photos") == f"{GRAPH}/v26.0/1/photos"


async def test_a_video_beside_pictures_and_sound_are_refused(photo: Medium, video: Medium) -> None:
    for media in ((photo, video), (video, video), (replace(photo, media_type="audio/mpeg"),)):
        found = await refused(Fake(), outgoing(media=media))
        assert (found.kind, found.arrived) == (ErrorKind.REJECTED, False)


async def test_the_first_comment_goes_below_the_post_with_a_picture_at_most(photo: Medium, video: Medium) -> None:
    fake = Fake()
    post = fake.add_post()
    above = Above(post["id"], post["id"])
    made = await publish(fake, outgoing(text="Tautan di sini", above=above))
    assert post["_comments"][0]["id"] == made.remote_id and writes(fake)[0][1] == f"{post['id']}/comments"
    await publish(fake, outgoing(text="", above=above, media=(photo,)))
    assert writes(fake)[-1][2]["attachment_id"] == "up1"
    for media in ((photo, photo), (video,)):
        found = await refused(fake, outgoing(above=above, media=media))
        assert (found.kind, found.arrived) == (ErrorKind.REJECTED, False)


# Answers and acts


async def test_an_answer_goes_below_the_comment_or_the_one_above_it() -> None:
    fake = Fake()
    post = fake.add_post()
    asked = fake.add_comment(post)
    made = await publish(fake, outgoing(REPLY, "Jam 8", addressee=to(asked)))
    assert writes(fake)[-1][1] == f"{asked['id']}/comments" and fake.find(made.remote_id)
    deep = fake.add_comment(post, parent={"id": asked["id"]}, can_comment=False)
    await publish(fake, outgoing(REPLY, "Jam 9", addressee=to(deep)))
    assert writes(fake)[-1][1] == f"{asked['id']}/comments"


async def test_an_answer_to_a_tag_or_a_recommendation_is_a_comment_below_it() -> None:
    fake = Fake()
    fake.tagged = [{"id": "5_6", "message": "x"}]
    await publish(fake, outgoing(REPLY, "Terima kasih", addressee=to({"id": "5_6"}, MentionKind.MENTION)))
    assert writes(fake)[-1][1] == "5_6/comments"
    assert fake.calls[-2][2]["fields"] == "id"


async def test_likes_hiding_and_deleting() -> None:
    fake = Fake()
    comment = fake.add_comment(fake.add_post())
    whom = to(comment)
    for kind in (LIKE, HIDE, DELETE):
        assert await find(fake, outgoing(kind, "", addressee=whom)) is None
        assert await publish(fake, outgoing(kind, "", addressee=whom)) == Published(comment["id"], whom.url)
        found = await find(fake, outgoing(kind, "", addressee=whom))
        assert found is not None and found.remote_id == comment["id"]
    assert [(call[0], call[1]) for call in writes(fake)] == [
        ("POST", f"{comment['id']}/likes"), ("POST", comment["id"]), ("DELETE", comment["id"]),
    ]  # fmt: skip


@pytest.mark.parametrize("kind", [REPLY, LIKE, HIDE, DELETE])
async def test_what_is_gone_or_names_nobody_or_is_a_message(kind: OutgoingKind) -> None:
    found = await refused(Fake(), outgoing(kind, "x", addressee=to({"id": "9_9"})))
    assert (found.kind, found.arrived) == (ErrorKind.GONE, False) and "not there any more" in str(found)
    for whom in (None, to({"id": "9_9"}, MentionKind.DM)):
        fake = Fake()
        found = await refused(fake, outgoing(kind, "x", addressee=whom))
        assert (found.kind, found.arrived) == (ErrorKind.REJECTED, False) and not writes(fake)


@pytest.mark.parametrize(
    ("status", "body", "kind", "arrived"),
    [
        (400, error(506), ErrorKind.DUPLICATE, True),
        (400, error(368), ErrorKind.PERMISSION, False),
        (400, error(100, 1390008), ErrorKind.RATE, False),
        (400, error(1609005), ErrorKind.REJECTED, False),
        (500, error(2), ErrorKind.SERVER, True),
        (400, error(1), ErrorKind.SERVER, True),
        (200, {"success": True}, ErrorKind.SERVER, True),
        (200, {"id": ""}, ErrorKind.SERVER, True),
    ],
)
async def test_what_an_error_of_a_post_says(status: int, body: Any, kind: ErrorKind, arrived: bool) -> None:
    fake = Fake(refuse={f"POST {PAGE}/feed": (status, body)})
    found = await refused(fake, outgoing())
    assert (found.kind, found.arrived) == (kind, arrived), found


async def test_an_act_that_is_not_confirmed_may_be_done() -> None:
    fake = Fake()
    comment = fake.add_comment(fake.add_post())
    for made in ({}, {"success": False}, {"success": "yes"}):
        fake.refuse[f"POST {comment['id']}/likes"] = 200, made
        found = await refused(fake, outgoing(LIKE, "", addressee=to(comment)))
        assert (found.kind, found.arrived) == (ErrorKind.SERVER, True)


# Finding


async def test_what_is_out_is_found_again(photo: Medium, video: Medium) -> None:
    fake = Fake()
    for changes in (
        {}, {"media": (photo,)}, {"media": (photo, photo)}, {"text": "", "media": (photo,)}, {"text": "Satu  dua\n"},
        {"media": (video,)},
    ):  # fmt: skip
        fake.posts.clear()
        out = outgoing(**changes)
        if video not in out.media:
            assert await find(fake, out) is None
        await publish(fake, out)
        found = await find(fake, out)
        assert found is not None and found.remote_id == fake.posts[0]["id"], changes


async def test_what_only_looks_like_it_is_not_taken_for_it(photo: Medium) -> None:
    fake = Fake()
    fake.add_post("Kopi baru dari Gayo", seconds=fake.now - 3_600)
    fake.add_post("Kopi baru dari Toraja", seconds=fake.now)
    assert await find(fake, outgoing()) is None
    fake.add_post("Kopi baru dari Gayo", seconds=fake.now)
    with pytest.raises(PlatformError, match=FOUND_NO):
        await find(fake, outgoing(media=(photo,)))
    assert await find(fake, outgoing(text="", media=(photo,))) is None


async def test_the_first_one_after_the_first_try_is_taken() -> None:
    fake = Fake()
    fake.add_post("Kopi baru dari Gayo", seconds=fake.now - 60)
    right = fake.add_post("Kopi baru dari Gayo", seconds=fake.now + 1)
    fake.add_post("Kopi baru dari Gayo", seconds=fake.now + 60)
    found = await find(fake, outgoing())
    assert found is not None and found.remote_id == right["id"]


async def test_a_video_that_is_still_worked_on_is_no_proof(video: Medium) -> None:
    fake = Fake()
    out = outgoing(media=(video,))
    with pytest.raises(PlatformError) as caught:
        await find(fake, out)
    assert caught.value.kind is ErrorKind.UNKNOWN
    assert await find(fake, replace(out, now=NOW + timedelta(hours=2))) is None


async def test_more_posts_than_are_looked_at_and_odd_ones_are_a_doubt() -> None:
    fake = Fake(most=50)
    for number in range(210):
        fake.add_post(f"post {number}", seconds=fake.now + number)
    with pytest.raises(PlatformError, match=FOUND_NO):
        await find(fake, outgoing())
    odd = Fake()
    odd.add_post("Kopi baru dari Gayo", seconds=odd.now, created_time="soon")
    with pytest.raises(PlatformError, match=FOUND_NO):
        await find(odd, outgoing())


async def test_answers_are_found_below_what_they_answer() -> None:
    fake = Fake()
    post = fake.add_post()
    asked = fake.add_comment(post)
    out = outgoing(REPLY, "Jam 8", addressee=to(asked))
    fake.add_comment(post, "Jam 8", fake.now, "77", parent={"id": asked["id"]})
    assert await find(fake, out) is None
    made = await publish(fake, out)
    found = await find(fake, out)
    assert found is not None and found.remote_id == made.remote_id
    # The network may put an answer to an answer beside it.
    deep = fake.add_comment(post, parent={"id": asked["id"]})
    fake.add_comment(post, "Jam 9", fake.now, PAGE, parent={"id": asked["id"]})
    whom = replace(to(deep), thread_key=asked["id"])
    assert await find(fake, outgoing(REPLY, "Jam 9", addressee=whom)) is not None
    first = outgoing(text="Tautan", above=Above(post["id"], post["id"]))
    assert await find(fake, first) is None
    made = await publish(fake, first)
    found = await find(fake, first)
    assert found is not None and found.remote_id == made.remote_id
    assert await find(fake, outgoing(REPLY, "Jam 8", addressee=to({"id": "9_9"}))) is None


async def test_whether_something_is_there_still() -> None:
    fake = Fake()
    post = fake.add_post()
    async with Client(transport=fake.transport()) as client:
        assert await FacebookPage().is_there(outgoing(), post["id"], client)
        assert not await FacebookPage().is_there(outgoing(), "1_1", client)
        fake.refuse["GET 1_1"] = 500, error(2)
        with pytest.raises(PlatformError):
            await FacebookPage().is_there(outgoing(), "1_1", client)


@pytest.mark.parametrize(
    "failure", [(500, error(2)), (400, error(4)), (200, []), (200, {"data": 5}), (401, error(190))]
)
@pytest.mark.parametrize("kind", [POST, REPLY])
async def test_a_look_that_fails_is_no_proof(failure: tuple[int, Any], kind: OutgoingKind) -> None:
    fake = Fake()
    asked = fake.add_comment(fake.add_post())
    path = f"{PAGE}/published_posts" if kind is POST else f"{asked['id']}/comments"
    fake.refuse[f"GET {path}"] = failure
    with pytest.raises(PlatformError):
        await find(fake, outgoing(kind, addressee=to(asked) if kind is REPLY else None))


# Over real sockets


def _served() -> Fake:
    fake = Fake(tokens={test_faults.TOKEN: PAGE})
    fake.add_comment(fake.add_post(id=f"{PAGE}_1"), id="1_2")
    return fake


async def _reads(request: Request, writer: asyncio.StreamWriter) -> None:
    await _served().handle(request, writer)


def _outgoing(base: str, kind: OutgoingKind) -> Outgoing:
    credentials = Credentials("facebook_page", "kopi", base, test_faults.TOKEN)
    whom = None if kind is POST else Addressee("1_2", MentionKind.COMMENT, "77")
    return Outgoing(kind, credentials, "post-0123abcd", test_faults.NOW, test_faults.NOW, "Kopi baru", whom)


def _is_upload(request: Request) -> bool:
    return request.method == "POST" and request.path.endswith(("/photos", "/videos"))


NETWORK = publishing.Network(
    FacebookPage, _outgoing, _reads, lambda request: request.method != "GET" and not _is_upload(request), _is_upload
)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_whatever_the_write_meets(behaviour: str) -> None:
    for kind in (POST, REPLY, LIKE, HIDE, DELETE):
        await publishing.spoiled_write(NETWORK, kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_whatever_is_met_before_the_write(behaviour: str) -> None:
    await publishing.spoiled_read(NETWORK, REPLY, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_whatever_an_upload_meets(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_upload(NETWORK, behaviour, photo)


@pytest.mark.parametrize("kind", list(OutgoingKind))
async def test_nobody_listens_and_tokens_of_no_use(kind: OutgoingKind) -> None:
    await publishing.nobody_listens(NETWORK, kind)
    await publishing.token_of_no_use(NETWORK, kind)
    await publishing.cut_before_the_answer(NETWORK, kind)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_a_file_that_is_refused_is_named(status: int, photo: Medium) -> None:
    await publishing.refused_file(NETWORK, status, photo)


async def test_a_file_that_was_sent_is_nothing_that_arrived(photo: Medium) -> None:
    await publishing.cut_before_the_answer_to_a_file(NETWORK, photo)


async def test_a_file_of_no_use(photo: Medium) -> None:
    await publishing.file_of_no_use(NETWORK, photo)


async def test_a_video_that_was_sent_may_have_arrived(video: Medium) -> None:
    """The upload is the post, so that all that holds of a write holds of it."""
    videos = replace(NETWORK, is_write=_is_upload, is_upload=lambda _request: False)
    for behaviour in ("reset before headers", "500", "400", "429 bare", "HTML"):
        if behaviour in publishing.BEHAVIOURS:
            await publishing.spoiled_write(videos, POST, behaviour, video)
