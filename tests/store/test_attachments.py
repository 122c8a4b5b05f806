"""Files of posts as rows: their order, their alternative texts, and what another picture does to approval and sending."""

from datetime import timedelta
from pathlib import Path

import pytest

from smdash.core.errors import InputError, Refused, StoreMissing
from smdash.core.lint import Rule
from smdash.core.records import Account, Actor, Category, Format, PostState
from smdash.store import attachments, changes, events, linting, media, outbox, post_flow, posts, resolving, teams
from smdash.store.connection import Store
from smdash.store.media import Taken
from tests.media_files import mp4, picture, put

DAY = timedelta(days=1)


@pytest.fixture
def accounts(store: Store) -> list[Account]:
    with store.writing() as conn:
        for platform in ("bluesky", "mastodon"):
            teams.put_account(conn, platform, "kopi", store.clock.now())
        return teams.accounts(conn)


@pytest.fixture
def files(db: Path, tmp_path: Path) -> list[Taken]:
    """Three pictures and a video, in the media folder."""
    sources = [
        put(tmp_path, f"{name}.png", picture("PNG", (size, 9))) for name, size in (("a", 10), ("b", 20), ("c", 30))
    ]
    return [media.take(db, one) for one in (*sources, put(tmp_path, "d.mp4", mp4()))]


def plan(store: Store, who: Actor, accounts: list[Account], *, body: str = "halo", days: float = 1) -> int:
    now = store.clock.now()
    with store.writing() as conn:
        return posts.add(
            conn, who, now, accounts=accounts, category=Category.OTHER, format=Format.TEXT, body=body,
            due_at=now + days * DAY, zone="Asia/Jakarta",
        )  # fmt: skip


def attach(store: Store, who: Actor, post_id: int, taken: Taken, **more: object) -> int:
    with store.writing() as conn:
        return attachments.add(conn, who, post_id, taken, store.clock.now(), **more)  # type: ignore[arg-type]


def names(store: Store, post_id: int) -> str:
    """Name, part and alternative text of each file."""
    with store.reading() as conn:
        found = attachments.of_post(conn, post_id)
    return " ".join(f"{one.name[0]}{one.part}{one.probe.alt}" for one in found)


def deliveries(store: Store, post_id: int) -> list[tuple[int, str]]:
    with store.reading() as conn:
        return [(one.id, one.state.value) for one in posts.get(conn, post_id).deliveries]


def test_files_have_numbers_parts_and_an_order(
    store: Store, actor: Actor, accounts: list[Account], files: list[Taken]
) -> None:
    post_id = plan(store, actor, accounts)
    now = store.clock.now()
    assert attach(store, actor, post_id, files[0], alt=" Cangkir\x1b[31m ") == 1
    assert attach(store, actor, post_id, files[1], part=2) == 2
    # The last of part 1 stands before those of part 2.
    assert attach(store, actor, post_id, files[2]) == 2
    assert names(store, post_id) == "a1Cangkir[31m c1 b2"
    with store.writing() as conn:
        assert attachments.move(conn, actor, post_id, 2, 1, now)
        assert not attachments.move(conn, actor, post_id, 1, 1, now)
    assert names(store, post_id) == "c1 a1Cangkir[31m b2"
    with store.writing() as conn:
        assert attachments.move(conn, actor, post_id, 1, 9, now, part=2)
        assert attachments.describe(conn, actor, post_id, 2, "Teko", now)
        assert not attachments.describe(conn, actor, post_id, 2, "Teko", now)
    assert names(store, post_id) == "a1Cangkir[31m b2Teko c2"
    with store.reading() as conn:
        assert [one.name for one in attachments.of_delivery(conn, post_id, 2)] == ["b.png", "c.png"]
        assert attachments.of_delivery(conn, post_id, 0) == ()
    with store.writing() as conn:
        assert attachments.remove(conn, actor, post_id, 2, now).name == "b.png"
    assert names(store, post_id) == "a1Cangkir[31m c2"
    with store.reading() as conn:
        told = [(one.verb, one.detail) for one in events.history(conn, "post", post_id)]
    assert told[1:] == [
        ("attach", "a.png"), ("attach", "b.png"), ("attach", "c.png"), ("rearrange", "c.png"), ("rearrange", "c.png"),
        ("describe", "b.png"), ("detach", "b.png"),
    ]  # fmt: skip


def test_what_can_t_be_attached(store: Store, actor: Actor, accounts: list[Account], files: list[Taken]) -> None:
    post_id = plan(store, actor, accounts)
    attach(store, actor, post_id, files[0])
    before = deliveries(store, post_id)
    for more, words in (
        ({"taken": files[0]}, "already, as file 1"), ({"taken": files[1], "part": 0}, "no part 0"),
        ({"taken": files[1], "part": 101}, "no part 101"), ({"taken": files[1], "post_id": 9}, "no post 9"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=words):
            attach(store, actor, **({"post_id": post_id} | more))  # type: ignore[arg-type]
    with pytest.raises(StoreMissing):
        attach(store, actor, post_id, files[1]._replace(digest="0" * 64))
    for number in (0, 2):
        with store.writing() as conn, pytest.raises(InputError, match=f"no file {number}"):
            attachments.remove(conn, actor, post_id, number, store.clock.now())
    assert names(store, post_id) == "a1" and deliveries(store, post_id) == before


def test_another_picture_puts_other_deliveries_in_the_place_of_those_that_wait(
    store: Store, actor: Actor, accounts: list[Account], files: list[Taken]
) -> None:
    post_id = plan(store, actor, accounts)
    first, second = deliveries(store, post_id)
    with store.writing() as conn:
        resolving.hold_post(conn, actor, post_id, store.clock.now())
        conn.execute("UPDATE delivery SET state = 'queued', held_for = NULL WHERE id = ?", (first[0],))
        seen = changes.sequences(conn)["post"]
    attach(store, actor, post_id, files[0])
    now = deliveries(store, post_id)
    assert [state for _id, state in now] == ["queued", "held"] and min(now)[0] > second[0]
    with store.reading() as conn:
        assert changes.sequences(conn)["post"] > seen
        row = conn.execute("SELECT state, replaced FROM delivery WHERE id = ?", (first[0],)).fetchone()
    assert tuple(row) == ("cancelled", 1)
    with store.writing() as conn:
        attachments.describe(conn, actor, post_id, 1, "Cangkir", store.clock.now())
    assert min(deliveries(store, post_id))[0] > max(now)[0]


def test_where_approval_is_required_another_picture_or_alternative_text_needs_it_again(
    store: Store, actor: Actor, second: Actor, accounts: list[Account], files: list[Taken]
) -> None:
    with store.writing() as conn:
        teams.put(conn, "approval", "required")
    post_id = plan(store, actor, accounts)
    now = store.clock.now()
    attach(store, actor, post_id, files[0])
    for change in (
        lambda conn: attachments.add(conn, second, post_id, files[1], now),
        lambda conn: attachments.describe(conn, second, post_id, 1, "Cangkir", now),
        lambda conn: attachments.move(conn, second, post_id, 2, 1, now),
        lambda conn: attachments.remove(conn, second, post_id, 1, now),
    ):
        with store.writing() as conn:
            conn.execute("UPDATE post SET state = 'review' WHERE id = ?", (post_id,))
            conn.execute(
                "INSERT INTO event (at, login, verb, subject, subject_id) VALUES ('x', 'x', 'approve', 'post', 1)"
            )
            third = teams.join(conn, "citra", "Citra", "citra", now)
            post_flow.approve(conn, third, post_id, now)
        assert [state for _id, state in deliveries(store, post_id)] == ["queued", "queued"]
        with store.writing() as conn:
            change(conn)
            assert posts.get(conn, post_id).state is PostState.REVIEW
        assert deliveries(store, post_id) == []
        # Whoever changed the picture does not approve it.
        with store.writing() as conn, pytest.raises(Refused, match="somebody else"):
            post_flow.approve(conn, second, post_id, now)


def test_approval_that_would_come_too_late_keeps_the_picture_away(
    store: Store, actor: Actor, accounts: list[Account], files: list[Taken]
) -> None:
    post_id = plan(store, actor, accounts, days=-1)
    with store.writing() as conn:
        teams.put(conn, "approval", "required")
    before = deliveries(store, post_id)
    with pytest.raises(Refused, match="still to come"):
        attach(store, actor, post_id, files[0])
    assert names(store, post_id) == "" and deliveries(store, post_id) == before


@pytest.mark.parametrize("step", ["sending", "sent", "unknown", "cancelled"])
def test_what_is_out_or_on_its_way_keeps_its_files(
    store: Store, actor: Actor, accounts: list[Account], files: list[Taken], step: str
) -> None:
    post_id = plan(store, actor, accounts)
    attach(store, actor, post_id, files[0])
    now = store.clock.now()
    with store.writing() as conn:
        if step == "cancelled":
            resolving.cancel_post(conn, actor, post_id, now)
        else:
            one = outbox.get(conn, deliveries_of(conn, post_id))
            outbox.begin(conn, one, now)
            if step == "sent":
                outbox.sent(conn, one, now, "1", None, what="send", seconds=None)
            elif step == "unknown":
                outbox.unknown(conn, one, now, "?", None)
    for change in (
        lambda conn: attachments.add(conn, actor, post_id, files[1], now),
        lambda conn: attachments.describe(conn, actor, post_id, 1, "x", now),
        lambda conn: attachments.remove(conn, actor, post_id, 1, now),
    ):
        with store.writing() as conn, pytest.raises(Refused):
            change(conn)
    assert names(store, post_id) == "a1"


def deliveries_of(conn: object, post_id: int) -> int:
    return posts.get(conn, post_id).deliveries[0].id  # type: ignore[arg-type]


def test_a_list_is_written_as_a_whole_and_a_fresh_post_keeps_its_deliveries(
    store: Store, actor: Actor, accounts: list[Account], files: list[Taken]
) -> None:
    post_id = plan(store, actor, accounts)
    before = deliveries(store, post_id)
    wanted = [attachments.new(files[1], alt="b"), attachments.new(files[0], part=2)]
    with store.writing() as conn:
        assert attachments.write(conn, actor, post_id, wanted, store.clock.now(), fresh=True)
        there = attachments.of_post(conn, post_id)
        assert not attachments.write(conn, actor, post_id, there, store.clock.now())
    assert names(store, post_id) == "b1b a2" and deliveries(store, post_id) == before
    with store.writing() as conn:
        assert attachments.write(conn, actor, post_id, [there[1], attachments.new(files[2], part=2)], store.clock.now())
        kept = attachments.of_post(conn, post_id)
    assert names(store, post_id) == "a2 c2" and kept[0].id == there[1].id
    with store.writing() as conn:
        conn.execute("DELETE FROM post WHERE id = ?", (plan_alone(store, conn, actor),))
        assert media.named(conn) == {files[0].digest, files[2].digest}


def plan_alone(store: Store, conn: object, actor: Actor) -> int:
    return posts.add(
        conn, actor, store.clock.now(), accounts=[], category=Category.OTHER, format=Format.TEXT, body="x",  # type: ignore[arg-type]
        due_at=None, zone="UTC",
    )  # fmt: skip


def rules(store: Store, post_id: int) -> list[str]:
    with store.reading() as conn:
        return [one.finding.rule.value for one in linting.remarks(conn, post_id, store.clock.now())]


def stopping(store: Store, post_id: int, text: str | None = None) -> list[str]:
    """Of each delivery, whether the service would hold it."""
    with store.reading() as conn:
        found = [linting.stopping(conn, one.id, store.clock.now(), text) for one in posts.get(conn, post_id).deliveries]
    return [one or "" for one in found]


def test_what_a_network_won_t_take_is_held_and_can_be_overruled(
    store: Store, actor: Actor, accounts: list[Account], files: list[Taken]
) -> None:
    post_id = plan(store, actor, accounts)
    for one in (files[0], files[3]):
        attach(store, actor, post_id, one, alt="x")
    assert rules(store, post_id) == ["media", "media"]
    assert all("not together" in one and f"overrule {post_id} media" in one for one in stopping(store, post_id))
    with store.writing() as conn:
        linting.overrule(conn, actor, post_id, Rule.MEDIA, "dicoba", store.clock.now())
    assert stopping(store, post_id) == ["", ""]
    # It covers no file that comes later.
    with store.writing() as conn:
        conn.execute("UPDATE attachment SET bytes = 9000000 WHERE name = 'a.png'")
    assert ["9.0 MB" in one for one in stopping(store, post_id)] == [True, False]


def test_parts_of_a_thread_are_judged_one_by_one(
    store: Store, actor: Actor, accounts: list[Account], files: list[Taken]
) -> None:
    post_id = plan(store, actor, accounts, body="satu\n---\ndua")
    attach(store, actor, post_id, files[0], alt="x")
    attach(store, actor, post_id, files[3], alt="x", part=2)
    assert rules(store, post_id) == [] and set(stopping(store, post_id, "satu")) == {""}
    with store.writing() as conn:
        conn.execute("UPDATE post SET body = 'satu' WHERE id = ?", (post_id,))
    assert rules(store, post_id) == ["media", "media"]
    assert "file 2 belongs to part 2" in stopping(store, post_id)[0]


def test_a_missing_alternative_text_and_a_missing_file_are_only_said(
    store: Store, actor: Actor, accounts: list[Account], files: list[Taken]
) -> None:
    post_id = plan(store, actor, accounts)
    attach(store, actor, post_id, files[0])
    assert rules(store, post_id) == ["missing_alt"] and stopping(store, post_id) == ["", ""]
    with store.writing() as conn:
        conn.execute("UPDATE post SET format = 'video' WHERE id = ?", (post_id,))
        attachments.describe(conn, actor, post_id, 1, "Cangkir", store.clock.now())
    assert rules(store, post_id) == ["no_media"] and stopping(store, post_id) == ["", ""]
    with store.writing() as conn:
        conn.execute("UPDATE post SET format = 'image' WHERE id = ?", (post_id,))
    assert rules(store, post_id) == []
