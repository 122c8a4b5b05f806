"""Instagram, outwards: each delivery once, by its container, and the truth of what may have arrived."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from smdash.core.errors import ErrorKind, PlatformError, SettingsError
from smdash.core.records import MentionKind
from smdash.platforms import containers
from smdash.platforms.base import Credentials, MemoryVault
from smdash.platforms.client import Client
from smdash.platforms.instagram import Instagram
from smdash.platforms.outgoing import Above, Addressee, Medium, Outgoing, OutgoingKind, Published

from . import publishing, test_faults
from .fake_graph import error
from .fake_instagram import BASE, ME, MEDIA, PAGE, PAGE_TOKEN, START, TOKEN, Fake
from .faulty import Request

POST, REPLY, LIKE, HIDE, DELETE = OutgoingKind
NOW = START + timedelta(hours=9)


async def no_sleep(_seconds: float) -> None:
    await asyncio.sleep(0)


@pytest.fixture
def fake() -> Fake:
    return Fake(tokens={TOKEN, PAGE_TOKEN})


def credentials(**options: str) -> Credentials:
    return Credentials("instagram", "kopi", BASE, TOKEN, options={"media_url": MEDIA} | options, vault=MemoryVault())


def file(folder: Path, fake: Fake | None = None, name: str = "promo.jpg", kind: str = "image/jpeg") -> Medium:
    """A small file in the media folder, which the team's web server shows where *fake* is given."""
    content = f"the content of {name}".encode()
    digest = hashlib.sha256(content).hexdigest()
    path = folder / digest
    path.write_bytes(content)
    if fake is not None:
        ending = {"image/jpeg": ".jpg", "video/mp4": ".mp4", "video/quicktime": ".mov"}[kind]
        fake.show(digest, ending, kind, len(content))
    return Medium(path, kind, len(content), digest, "Secangkir kopi", 1080, 1080, name=name)


def outgoing(kind: OutgoingKind = POST, text: str = "Kopi baru #kopi", **changes: Any) -> Outgoing:
    made = Outgoing(kind, credentials(), "post-0123abcd", NOW, NOW, text)
    return replace(made, **changes)


def to(comment: dict[str, Any], kind: MentionKind = MentionKind.COMMENT, **changes: Any) -> Addressee:
    made = Addressee(comment["id"], kind, comment["username"], thread_key=comment["_above"] or comment["id"])
    return replace(made, **changes)


async def publish(fake: Fake, out: Outgoing, sleep: Callable[[float], Any] = no_sleep) -> Published:
    async with Client(transport=fake.transport()) as client:
        return await Instagram(sleep).publish(out, client)


async def refused(fake: Fake, out: Outgoing) -> PlatformError:
    with pytest.raises(PlatformError) as caught:
        await publish(fake, out)
    assert str(caught.value).isprintable() and TOKEN not in str(caught.value)
    return caught.value


async def find(fake: Fake, out: Outgoing) -> Published | None:
    async with Client(transport=fake.transport()) as client:
        return await Instagram(no_sleep).find(out, client)


def made(fake: Fake) -> list[dict[str, Any]]:
    """What the containers were made of, in their order."""
    return [one["fields"] for one in fake.containers.values()]


# Posts


async def test_a_picture(fake: Fake, tmp_path: Path) -> None:
    photo = file(tmp_path, fake)
    sent = await publish(fake, outgoing(media=(photo,)))
    post = fake.posts[0]
    assert sent == Published(post["id"], post["permalink"])
    assert made(fake) == [
        {"caption": "Kopi baru #kopi", "image_url": f"{MEDIA}/{photo.digest}.jpg", "alt_text": "Secangkir kopi"}
    ]
    assert fake.asked("POST") == [f"{ME}/media", f"{ME}/media_publish"]


async def test_a_video_is_a_reel(fake: Fake, tmp_path: Path) -> None:
    clip = file(tmp_path, fake, "seduh.mp4", "video/mp4")
    await publish(fake, outgoing(media=(clip,)))
    assert made(fake) == [
        {"caption": "Kopi baru #kopi", "media_type": "REELS", "video_url": f"{MEDIA}/{clip.digest}.mp4"}
    ]


async def test_an_album(fake: Fake, tmp_path: Path) -> None:
    files = (file(tmp_path, fake, "a.jpg"), file(tmp_path, fake, "b.mp4", "video/mp4"), file(tmp_path, fake, "c.jpg"))
    await publish(fake, outgoing(media=files))
    *children, album = made(fake)
    assert [one.get("media_type", "IMAGE") for one in children] == ["IMAGE", "VIDEO", "IMAGE"]
    assert all(one["is_carousel_item"] is True and "caption" not in one for one in children)
    ids = list(fake.containers)
    assert album == {"media_type": "CAROUSEL", "children": ",".join(ids[:3]), "caption": "Kopi baru #kopi"}
    assert fake.posts[0]["media_type"] == "CAROUSEL_ALBUM"


async def test_through_a_page_videos_are_uploaded(fake: Fake, tmp_path: Path) -> None:
    clip = file(tmp_path, None, "seduh.mp4", "video/mp4")
    await publish(fake, outgoing(media=(clip,), credentials=credentials(page_id=PAGE)))
    (container,) = fake.containers
    assert fake.uploads == [(container, clip.bytes)]
    assert made(fake) == [{"caption": "Kopi baru #kopi", "media_type": "REELS", "upload_type": "resumable"}]


async def test_a_video_goes_to_no_other_place(fake: Fake, tmp_path: Path) -> None:
    clip = file(tmp_path, None, "seduh.mp4", "video/mp4")
    for url in (
        "https://evil.example/ig-api-upload/v26.0/1",
        "http://rupload.facebook.com/x",
        "",
        "javascript:x",
        None,
    ):
        fake.refuse[f"POST {ME}/media"] = (200, {"id": "1", "uri": url})
        caught = await refused(fake, outgoing(media=(clip,), credentials=credentials(page_id=PAGE)))
        assert not caught.arrived and fake.uploads == []


async def test_it_waits_until_the_files_are_ready(fake: Fake, tmp_path: Path) -> None:
    fake.looks = 4
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    await publish(fake, outgoing(media=(file(tmp_path, fake),)), sleep)
    assert waited == [2, 3, 5, 10] and len(fake.posts) == 1


async def test_files_that_are_never_ready_stay_prepared(fake: Fake, tmp_path: Path) -> None:
    fake.looks = 1_000
    out = outgoing(media=(file(tmp_path, fake),))
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.SERVER, False) and "5 minutes" in str(caught)
    fake.containers[next(iter(fake.containers))]["left"] = 0
    await publish(fake, out)
    # The next try went on with the same container.
    assert len(fake.containers) == 1 and len(fake.posts) == 1


async def test_files_that_can_not_be_used(fake: Fake, tmp_path: Path) -> None:
    fake.fails = "Error: Media upload has failed with error code 2207026"
    out = outgoing(media=(file(tmp_path, fake),))
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False) and "videos of this type" in str(caught)
    fake.fails = "Error: Media upload has failed with error code 2207053"
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.SERVER, False)
    fake.fails = "Error: 9999999"
    caught = await refused(fake, out)
    assert caught.kind is ErrorKind.REJECTED and "9999999" in str(caught)
    fake.fails = ""
    await publish(fake, out)
    assert len(fake.containers) == 4 and len(fake.posts) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"text": "x" * 2_201}, "2201 characters, and Instagram takes 2200"),
        ({"text": " ".join(f"#kopi{number}" for number in range(31))}, "31 hashtags"),
        ({"text": " ".join(f"@orang{number}" for number in range(21))}, "21 people"),
    ],
)
async def test_what_instagram_would_refuse(fake: Fake, tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    caught = await refused(fake, outgoing(media=(file(tmp_path, fake),), **changes))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False) and words in str(caught)
    assert fake.asked("POST") == []


async def test_no_files_too_many_and_sound(fake: Fake, tmp_path: Path) -> None:
    assert "without a picture or video" in str(await refused(fake, outgoing()))
    many = tuple(file(tmp_path, fake, f"{number}.jpg") for number in range(11))
    assert "at most 10 files" in str(await refused(fake, outgoing(media=many)))
    sound = replace(file(tmp_path, fake), media_type="audio/mpeg", name="lagu.mp3")
    assert "lagu.mp3" in str(await refused(fake, outgoing(media=(sound,))))
    assert fake.asked("POST") == []


async def test_a_file_that_the_world_does_not_see(fake: Fake, tmp_path: Path) -> None:
    photo = file(tmp_path)
    name = f"{photo.digest}.jpg"
    cases = [
        ((404, {}), ErrorKind.REJECTED, "does not show the file at media_url (404)"),
        ((503, {}), ErrorKind.SERVER, "in trouble (503)"),
        ((200, {"content-type": "text/html"}), ErrorKind.REJECTED, "as text/html instead of image/jpeg"),
        ((200, {}), ErrorKind.REJECTED, "as nothing instead of image/jpeg"),
        ((200, {"content-type": "image/jpeg", "content-length": "5"}), ErrorKind.REJECTED, "another file"),
    ]
    for answer, kind, words in cases:
        fake.public[name] = answer
        caught = await refused(fake, outgoing(media=(photo,)))
        assert (caught.kind, caught.arrived) == (kind, False), words
        assert words in str(caught) and "promo.jpg" in str(caught)
    fake.public[name] = (200, {"content-type": "IMAGE/JPEG; charset=binary"})
    await publish(fake, outgoing(media=(photo,)))


@pytest.mark.parametrize(
    ("options", "words"),
    [({}, "none is set for the account kopi"), ({"media_url": "folder"}, "media_url of the account kopi is not")],
)
async def test_without_a_public_address(fake: Fake, tmp_path: Path, options: dict[str, str], words: str) -> None:
    one = replace(credentials(), options=options)
    caught = await refused(fake, outgoing(media=(file(tmp_path),), credentials=one))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False) and words in str(caught)


async def test_the_publishing_limit_is_kept_to(fake: Fake, tmp_path: Path) -> None:
    fake.used = fake.total = 50
    out = outgoing(media=(file(tmp_path, fake),))
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.QUOTA, False) and "takes 50" in str(caught)
    assert caught.retry_at == NOW + timedelta(minutes=15)
    fake.used = 49
    await publish(fake, out)
    fake.used = 50
    fake.refuse[f"POST {ME}/media_publish"] = (400, error(9, 2207042, "Application request limit reached"))
    fake.used = 49
    caught = await refused(fake, replace(out, key="post-another"))
    assert (caught.kind, caught.arrived) == (ErrorKind.QUOTA, False)


async def test_a_limit_that_is_not_told_allows_it(fake: Fake, tmp_path: Path) -> None:
    for answer in ({"data": []}, {"data": [{"quota_usage": "x", "config": {}}]}, {"data": [5]}, {}):
        fake.refuse[f"GET {ME}/content_publishing_limit"] = (200, answer)
        await publish(fake, outgoing(media=(file(tmp_path, fake),), key=f"post-{len(fake.posts)}"))
    assert len(fake.posts) == 4


# Once


async def test_an_answer_that_never_comes_leaves_one_post(fake: Fake, tmp_path: Path) -> None:
    out = outgoing(media=(file(tmp_path, fake),))
    fake.lost = True
    caught = await refused(fake, out)
    assert caught.arrived
    fake.lost = False
    found = await find(fake, out)
    assert found == Published(fake.posts[0]["id"], fake.posts[0]["permalink"])
    # Even if it were sent again, the container keeps it from going out twice.
    assert await publish(fake, out) == found and len(fake.posts) == 1


async def test_one_that_did_not_go_out_is_not_found_and_goes_out_with_the_same_container(
    fake: Fake, tmp_path: Path
) -> None:
    out = outgoing(media=(file(tmp_path, fake),))
    fake.refuse[f"POST {ME}/media_publish"] = (500, error(2, None, "Service temporarily unavailable"))
    assert (await refused(fake, out)).arrived
    fake.refuse.clear()
    assert await find(fake, out) is None
    await publish(fake, out)
    assert len(fake.posts) == 1 and len(fake.containers) == 1


async def test_a_container_at_work_tells_nothing_yet(fake: Fake, tmp_path: Path) -> None:
    out = outgoing(media=(file(tmp_path, fake),))
    fake.lost = True
    await refused(fake, out)
    (container,) = fake.containers.values()
    container["left"] = 5
    with pytest.raises(PlatformError) as caught:
        await find(fake, out)
    assert caught.value.kind is ErrorKind.UNKNOWN
    container["left"] = 0
    assert await find(fake, out) is not None


async def test_a_post_that_is_out_and_not_in_sight_is_a_persons(fake: Fake, tmp_path: Path) -> None:
    out = outgoing(media=(file(tmp_path, fake),))
    fake.lost = True
    await refused(fake, out)
    fake.posts.clear()
    with pytest.raises(PlatformError, match="says that the post is out") as caught:
        await find(fake, out)
    assert caught.value.kind is ErrorKind.UNKNOWN
    assert (await refused(fake, out)).arrived
    assert len(fake.asked("POST")) == 2


async def test_a_pages_new_token_leaves_what_was_kept(fake: Fake, tmp_path: Path) -> None:
    out = outgoing(media=(file(tmp_path, fake),), credentials=credentials(page_id=PAGE))
    fake.lost = True
    await refused(fake, out)
    fake.lost = False
    anew = replace(out, credentials=replace(out.credentials, token="another-system-token"))
    fake.tokens.add("another-system-token")
    found = await find(fake, anew)
    assert found is not None and containers.kept(anew) == containers.kept(out) is not None


async def test_an_edited_text_gets_a_container_of_its_own(fake: Fake, tmp_path: Path) -> None:
    out = outgoing(media=(file(tmp_path, fake),))
    fake.refuse[f"POST {ME}/media_publish"] = (400, error(36004, 2207010, "caption"))
    assert not (await refused(fake, out)).arrived
    fake.refuse.clear()
    await publish(fake, replace(out, text="Kopi lama"))
    assert [one["caption"] for one in made(fake)] == ["Kopi baru #kopi", "Kopi lama"]
    assert fake.posts[0]["caption"] == "Kopi lama"


async def test_a_vault_that_was_lost_leaves_the_newest_posts(fake: Fake, tmp_path: Path) -> None:
    out = outgoing(media=(file(tmp_path, fake),), text="Halo @rina,\n\nkopi baru")
    fake.add_post("Halo @rina,\n\nkopi baru", 8 * 3600)
    lost = replace(out, credentials=credentials())
    assert await find(fake, lost) is None
    await publish(fake, out)
    # To some, Instagram shows captions without the @ of names.
    fake.posts[0]["caption"] = "Halo rina,\n\nkopi baru"
    found = await find(fake, lost)
    assert found is not None and found.remote_id == fake.posts[0]["id"]
    fake.posts[0]["media_type"] = "VIDEO"
    assert await find(fake, lost) is None


async def test_a_container_that_is_forgotten_leaves_the_newest_posts(fake: Fake, tmp_path: Path) -> None:
    out = outgoing(media=(file(tmp_path, fake),))
    await publish(fake, out)
    fake.containers.clear()
    found = await find(fake, out)
    assert found is not None and found.remote_id == fake.posts[0]["id"]
    fake.posts.clear()
    assert await find(fake, out) is None


async def test_old_posts_without_end_tell_nothing(fake: Fake, tmp_path: Path) -> None:
    for number in range(400):
        fake.add_post(f"nomor {number}", 9 * 3600 + number)
    with pytest.raises(PlatformError, match="can't be told") as caught:
        await find(fake, outgoing(media=(file(tmp_path, fake),)))
    assert caught.value.kind is ErrorKind.UNKNOWN


async def test_old_containers_are_forgotten(fake: Fake, tmp_path: Path) -> None:
    one = credentials()
    for number in range(5):
        now = NOW + timedelta(days=number)
        await publish(fake, outgoing(media=(file(tmp_path, fake),), key=f"post-{number}", now=now, credentials=one))
    known = [containers.kept(outgoing(key=f"post-{number}", credentials=one)) is not None for number in range(5)]
    assert known == [False, False, False, True, True]


async def test_a_vault_that_can_not_be_written_sends_nothing(fake: Fake, tmp_path: Path) -> None:
    class Full(MemoryVault):
        def save(self, _text: str) -> None:
            raise SettingsError(["can't keep the session in /state: no room"])

    one = replace(credentials(), vault=Full())
    caught = await refused(fake, outgoing(media=(file(tmp_path, fake),), credentials=one))
    assert (caught.kind, caught.arrived) == (ErrorKind.AUTH, False) and fake.posts == []


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "arrived"),
    [
        (190, 460, ErrorKind.AUTH, False),
        (10, None, ErrorKind.PERMISSION, False),
        (25, 2207050, ErrorKind.PERMISSION, False),
        (4, None, ErrorKind.RATE, False),
        (9, 2207042, ErrorKind.QUOTA, False),
        (9007, 2207027, ErrorKind.RATE, False),
        (24, 2207008, ErrorKind.GONE, False),
        (36003, 2207009, ErrorKind.REJECTED, False),
        (-1, 2207001, ErrorKind.SERVER, True),
        (2, None, ErrorKind.SERVER, True),
        (506, None, ErrorKind.DUPLICATE, True),
    ],
)
async def test_errors_of_the_write(
    fake: Fake, tmp_path: Path, code: int, subcode: int | None, kind: ErrorKind, arrived: bool
) -> None:
    fake.refuse[f"POST {ME}/media_publish"] = (400, error(code, subcode, "no"))
    caught = await refused(fake, outgoing(media=(file(tmp_path, fake),)))
    assert (caught.kind, caught.arrived) == (kind, arrived), caught


async def test_a_post_without_its_address_is_sent_all_the_same(fake: Fake, tmp_path: Path) -> None:
    fake.spoil = lambda call, status, body: (500, error(2)) if call.startswith("GET 18") else (status, body)
    sent = await publish(fake, outgoing(media=(file(tmp_path, fake),)))
    assert sent == Published(fake.posts[0]["id"], None)


# Comments and answers


async def test_the_first_comment(fake: Fake) -> None:
    post = fake.add_post()
    out = outgoing(text="#kopi #gayo", above=Above(post["id"], post["id"]))
    sent = await publish(fake, out)
    assert post["_comments"][-1]["text"] == "#kopi #gayo" and sent.remote_id == post["_comments"][-1]["id"]
    assert await find(fake, out) == sent
    assert await find(fake, replace(out, text="lain")) is None


async def test_an_answer_stands_below_the_first_comment_and_names_its_author(fake: Fake) -> None:
    post = fake.add_post()
    top = fake.add_comment(post, "Buka jam berapa?", 60)
    below = fake.add_comment(post, "Iya nih", 120, "budi_s", above=top["id"])
    first = outgoing(REPLY, "Jam 8", addressee=to(top))
    second = outgoing(REPLY, "Jam 8 ya", addressee=to(below, MentionKind.REPLY))
    named = outgoing(REPLY, "Halo @Budi_S, jam 8", addressee=to(below, MentionKind.REPLY))
    for out in (first, second, named):
        assert await find(fake, out) is None
        assert await publish(fake, out) == await find(fake, out)
    assert fake.asked("POST") == [f"{top['id']}/replies"] * 3
    assert [one["text"] for one in post["_comments"][2:]] == ["Jam 8", "@budi_s Jam 8 ya", "Halo @Budi_S, jam 8"]


async def test_an_answer_to_what_is_gone(fake: Fake) -> None:
    gone = {"id": "c9", "username": "rina", "_above": None}
    out = outgoing(REPLY, "Jam 8", addressee=to(gone))
    caught = await refused(fake, out)
    assert (caught.kind, caught.arrived) == (ErrorKind.GONE, False)
    assert await find(fake, out) is None


async def test_answers_where_the_account_was_named_need_a_page(fake: Fake) -> None:
    tag = fake.add_tag("Kopi sore", 60)
    to_tag = Addressee(tag["id"], MentionKind.MENTION, "budi", thread_key=f"media:{tag['id']}")
    caught = await refused(fake, outgoing(REPLY, "Terima kasih", addressee=to_tag))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False) and "through Facebook" in str(caught)
    one = credentials(page_id=PAGE)
    await publish(fake, outgoing(REPLY, "Terima kasih", addressee=to_tag, credentials=one))
    to_comment = replace(to_tag, remote_id="c5")
    await publish(fake, outgoing(REPLY, "Sama-sama", addressee=to_comment, credentials=one))
    assert fake.named == [
        {"media_id": tag["id"], "message": "Terima kasih"},
        {"media_id": tag["id"], "message": "Sama-sama", "comment_id": "c5"},
    ]
    with pytest.raises(PlatformError, match="can't be told"):
        await find(fake, outgoing(REPLY, "Terima kasih", addressee=to_tag, credentials=one))


async def test_a_message(fake: Fake) -> None:
    fake.add_message(fake.add_conversation(), "Kak?", 60)
    to_person = Addressee("m_1=", MentionKind.DM, "budi", thread_key="dm:55")
    out = outgoing(REPLY, "Halo kak", addressee=to_person)
    assert await find(fake, out) is None
    sent = await publish(fake, out)
    assert await find(fake, out) == sent
    assert ("POST", "me/messages", {"recipient": {"id": "55"}, "message": {"text": "Halo kak"}}) in fake.calls
    await publish(fake, replace(out, credentials=credentials(page_id=PAGE)))
    assert fake.calls[-1][1] == f"{PAGE}/messages" and fake.calls[-1][2]["messaging_type"] == "RESPONSE"


@pytest.mark.parametrize(
    ("code", "subcode", "kind", "words"),
    [
        (10, 2534022, ErrorKind.REJECTED, "more than 24 hours"),
        (10, None, ErrorKind.PERMISSION, "no right"),
        (551, 1545041, ErrorKind.REJECTED, "takes no messages"),
        (100, 2534014, ErrorKind.GONE, "not there any more"),
    ],
)
async def test_messages_that_are_not_taken(
    fake: Fake, code: int, subcode: int | None, kind: ErrorKind, words: str
) -> None:
    fake.refuse["POST me/messages"] = (400, error(code, subcode, "no"))
    to_person = Addressee("m_1=", MentionKind.DM, "budi", thread_key="dm:55")
    caught = await refused(fake, outgoing(REPLY, "Halo", addressee=to_person))
    assert (caught.kind, caught.arrived) == (kind, False) and words in str(caught)


async def test_a_long_message_and_one_to_nobody(fake: Fake) -> None:
    to_person = Addressee("m_1=", MentionKind.DM, "budi", thread_key="dm:55")
    caught = await refused(fake, outgoing(REPLY, "é" * 501, addressee=to_person))
    assert caught.kind is ErrorKind.REJECTED and "1002 bytes" in str(caught)
    for key in (None, "dm:", "55"):
        caught = await refused(fake, outgoing(REPLY, "Halo", addressee=replace(to_person, thread_key=key)))
        assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    caught = await refused(fake, outgoing(REPLY, "Halo"))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)


async def test_a_message_in_a_busy_conversation_can_not_be_told(fake: Fake) -> None:
    conversation = fake.add_conversation()
    for number in range(30):
        fake.add_message(conversation, f"nomor {number}", 9 * 3600 + number)
    to_person = Addressee("m_1=", MentionKind.DM, "budi", thread_key="dm:55")
    with pytest.raises(PlatformError, match="can't be told"):
        await find(fake, outgoing(REPLY, "Halo", addressee=to_person))


# Moderation


async def test_hiding_and_deleting(fake: Fake) -> None:
    post = fake.add_post()
    comment = fake.add_comment(post, "spam", 60)
    hide, delete = outgoing(HIDE, "", addressee=to(comment)), outgoing(DELETE, "", addressee=to(comment))
    assert await find(fake, hide) is None and await find(fake, delete) is None
    assert await publish(fake, hide) == await find(fake, hide) == Published(comment["id"])
    assert comment["hidden"] is True
    assert await publish(fake, delete) == await find(fake, delete) == Published(comment["id"])
    assert post["_comments"] == []


async def test_what_can_not_be_done_at_all(fake: Fake) -> None:
    comment = fake.add_comment(fake.add_post(), "halo", 60)
    message = Addressee("m_1=", MentionKind.DM, "budi", thread_key="dm:55")
    for out in (
        outgoing(LIKE, "", addressee=to(comment)),
        outgoing(HIDE, "", addressee=message),
        outgoing(DELETE, "", addressee=message),
        outgoing(HIDE, ""),
    ):
        caught = await refused(fake, out)
        assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)
    assert await find(fake, outgoing(LIKE, "", addressee=to(comment))) is None
    assert fake.asked("POST") == []


async def test_files_in_an_answer(fake: Fake, tmp_path: Path) -> None:
    comment = fake.add_comment(fake.add_post(), "halo", 60)
    caught = await refused(fake, outgoing(REPLY, "ini", addressee=to(comment), media=(file(tmp_path, fake),)))
    assert (caught.kind, caught.arrived) == (ErrorKind.REJECTED, False)


async def test_whether_a_post_is_there_still(fake: Fake) -> None:
    post = fake.add_post()
    async with Client(transport=fake.transport()) as client:
        assert await Instagram().is_there(outgoing(), post["id"], client)
        assert not await Instagram().is_there(outgoing(), "gone", client)
        fake.refuse[f"GET {post['id']}"] = (200, {"id": "another"})
        with pytest.raises(PlatformError):
            await Instagram().is_there(outgoing(), post["id"], client)


# The cases that every network goes through, on real sockets


def network(photo: Medium | None = None) -> publishing.Network:
    fake = Fake(tokens={test_faults.TOKEN})
    top = fake.add_comment(fake.add_post(), "Buka jam berapa?", 60)
    if photo is not None:
        fake.show(photo.digest, ".png", photo.media_type, photo.bytes)

    def out(url: str, kind: OutgoingKind) -> Outgoing:
        one = Credentials("instagram", "kopi", url, test_faults.TOKEN, options={"media_url": f"{url}/public"})
        made = Outgoing(kind, one, "post-0123abcd", test_faults.NOW, test_faults.NOW, "Jam 8")
        return made if kind is POST else replace(made, addressee=to(top))

    def is_write(request: Request) -> bool:
        return request.method in ("POST", "DELETE") and not request.path.endswith(f"{ME}/media")

    def is_upload(request: Request) -> bool:
        return request.path.endswith(f"{ME}/media") and request.method == "POST"

    return publishing.Network(lambda: Instagram(no_sleep), out, fake.handle, is_write, is_upload)


@pytest.fixture
def photo(tmp_path: Path) -> Medium:
    return publishing.picture(tmp_path)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_write(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_write(network(photo), POST, behaviour, photo)
    for kind in (REPLY, HIDE, DELETE):
        await publishing.spoiled_write(network(), kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_read(behaviour: str) -> None:
    for kind in (POST, REPLY, HIDE, DELETE):
        await publishing.spoiled_read(network(), kind, behaviour)


@pytest.mark.parametrize("behaviour", publishing.BEYOND_THE_CLIENT)
async def test_a_spoiled_container(behaviour: str, photo: Medium) -> None:
    await publishing.spoiled_upload(network(photo), behaviour, photo)


@pytest.mark.parametrize("status", [400, 413, 415, 422])
async def test_a_refused_file(status: int, photo: Medium) -> None:
    await publishing.refused_file(network(photo), status, photo)


async def test_what_never_leaves(photo: Medium) -> None:
    for kind in (POST, REPLY, HIDE, DELETE):
        await publishing.nobody_listens(network(), kind)
        await publishing.token_of_no_use(network(), kind)
    await publishing.file_of_no_use(network(photo), photo)


async def test_a_server_that_dies_before_it_answers(photo: Medium) -> None:
    for kind in (REPLY, HIDE, DELETE):
        await publishing.cut_before_the_answer(network(), kind)
    await publishing.cut_before_the_answer_to_a_file(network(photo), photo)
