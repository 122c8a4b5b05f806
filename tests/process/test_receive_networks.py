"""Each real network's pushes through a real ``smdash receive``: what it signs becomes mentions, and settles deliveries."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from smdash.core.clock import encode
from smdash.core.records import Actor
from smdash.platforms import registry
from smdash.store import outbox, replies, teams
from smdash.store.connection import Store, open_store
from tests.conftest import NOW, Smdash
from tests.contract import fake_telegram, fake_whatsapp
from tests.pushing import Receiver, receiving

SECRET, WORD, HOOK = "rahasia-aplikasi-0123456789", "kata-sandi-panjang", "Rahasia-kopi_9"
TOKEN = "424242:AAtoken-yang-tidak-boleh-tampak"
TEXT = "Kak, alamat saya Jalan Melati"
# A minute ago, in whole seconds.
AT = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=1)
SECONDS = int(AT.timestamp())
PAGE, INSTAGRAM, THREADS = "1020304050", "17841400000000001", "3001"
IDS = {
    "facebook_page": PAGE, "messenger": PAGE, "instagram": INSTAGRAM, "threads": THREADS,
    "whatsapp": fake_whatsapp.PHONE, "telegram": str(fake_telegram.ME),
}  # fmt: skip
PUSHING = [one.name for one in registry.all_platforms() if one.receive is not None]


def entry(name: str, account: str, **held: Any) -> bytes:
    return json.dumps({"object": name, "entry": [{"id": account, "time": SECONDS, **held}]}).encode()


def chat(account: str, **message: Any) -> dict[str, Any]:
    held = {"sender": {"id": "55"}, "recipient": {"id": account}, "timestamp": SECONDS * 1_000, "message": message}
    return {"messaging": [held]}


def whatsapp(*messages: dict[str, Any], **more: Any) -> bytes:
    return fake_whatsapp.body(*[one | {"timestamp": str(SECONDS)} for one in messages], **more)


# What a customer wrote, as the network's documentation shows it.
FIRST: dict[str, bytes] = {
    "facebook_page": entry("page", PAGE, changes=[{"field": "feed", "value": {
        "item": "comment", "verb": "add", "comment_id": "9_1", "post_id": f"{PAGE}_9", "parent_id": f"{PAGE}_9",
        "from": {"id": "77", "name": "Rina"}, "message": TEXT, "created_time": SECONDS,
    }}]),
    "messenger": entry("page", PAGE, **chat(PAGE, mid="m_1", text=TEXT)),
    "instagram": entry("instagram", INSTAGRAM, **chat(INSTAGRAM, mid="m_1", text=TEXT)),
    "threads": json.dumps({"topic": "moderate", "target_id": "7", "time": SECONDS, "values": {"field": "replies", "value": {
        "id": "8901234", "username": "rina", "text": TEXT, "media_type": "TEXT_POST", "replied_to": {"id": "567890"},
        "root_post": {"id": "123456", "owner_id": THREADS, "username": "kopisenja"},
        "permalink": "https://www.threads.net/@rina/post/Pp", "timestamp": AT.strftime("%Y-%m-%dT%H:%M:%S+0000"),
    }}}).encode(),
    "whatsapp": whatsapp(fake_whatsapp.message(1, "text", {"body": TEXT})),
    "telegram": json.dumps({"update_id": 1, "message": fake_telegram.message(5, TEXT, date=SECONDS)}).encode(),
}  # fmt: skip
# The same message is taken away, without its text and without the name of who wrote it.
GONE: dict[str, bytes] = {
    "facebook_page": entry("page", PAGE, changes=[{"field": "feed", "value": {
        "item": "comment", "verb": "remove", "comment_id": "9_1", "post_id": f"{PAGE}_9", "created_time": SECONDS + 5,
        "from": {"id": "77"},
    }}]),
    "messenger": entry("page", PAGE, **chat(PAGE, mid="m_1", is_deleted=True)),
    "instagram": entry("instagram", INSTAGRAM, **chat(INSTAGRAM, mid="m_1", is_deleted=True)),
    "whatsapp": whatsapp(
        fake_whatsapp.message(2, "revoke", {"original_message_id": "wamid.1"}), contacts=[]
    ),
}  # fmt: skip
WINDOWS = {"messenger", "instagram", "whatsapp"}


def signed(name: str, body: bytes, secret: str = SECRET) -> dict[str, str]:
    if name == "telegram":
        return {"X-Telegram-Bot-Api-Secret-Token": HOOK if secret == SECRET else secret}
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}"}


@pytest.fixture
def receiver(db: Path, smdash: Smdash) -> Iterator[Receiver]:
    config = Path(smdash.env["SMDASH_CONFIG_DIR"])
    config.mkdir(parents=True, exist_ok=True)
    lines = []
    with open_store(db) as store, store.writing() as conn:
        for name in PUSHING:
            teams.put_account(conn, name, "kopi", NOW, remote_id=IDS[name])
            lines.append(f'[[account]]\nplatform = "{name}"\nname = "kopi"\ntoken = "{TOKEN}"')
            if name == "whatsapp":
                lines.append(f'[account.options]\nphone_id = "{IDS[name]}"')
            if name == "telegram":
                lines.append('[account.options]\nwebhook_url = "https://desk.kopi.example/telegram/kopi"')
                lines.append(f'[account.secrets]\nwebhook_secret = "{HOOK}"')
            else:
                lines.append(f'[account.secrets]\napp_secret = "{SECRET}"\nverify_token = "{WORD}"')
    file = config / "sync.toml"
    file.write_text("\n".join(lines) + "\n")
    file.chmod(0o600)
    with receiving(db, smdash.env, "--verbose") as running:
        yield running


def eventually(look: Any) -> None:
    end = time.monotonic() + 10
    while not look():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.02)


def found(db: Path) -> dict[str, tuple[str, str, str, str | None]]:
    """Text, name, state and window of the one mention of each network."""
    with open_store(db, read_only=True) as store, store.reading() as conn:
        rows = conn.execute(
            "SELECT a.platform, m.body, m.author_name, m.state, m.reply_until FROM mention m "
            "JOIN account a ON a.id = m.account_id"
        ).fetchall()
    assert len({row[0] for row in rows}) == len(rows)
    return {name: tuple(rest) for name, *rest in rows}


def test_every_network_is_heard_and_strangers_are_not(db: Path, receiver: Receiver) -> None:
    assert set(FIRST) == set(PUSHING) == set(IDS)
    asked = f"?hub.mode=subscribe&hub.verify_token={WORD}&hub.challenge=1158201444"
    for name in PUSHING:
        path = f"/{name}/kopi"
        said = receiver.ask("GET", path + asked)
        assert (said.status, said.text) == ((403, "") if name == "telegram" else (200, "1158201444"))
        assert receiver.ask("GET", path + asked.replace(WORD, "guess")).status == 403
        assert receiver.ask("POST", path, FIRST[name], signed(name, FIRST[name], "another")).status == 403
        for _turn in range(2):
            assert receiver.ask("POST", path, FIRST[name], signed(name, FIRST[name])).status == 200
    eventually(lambda: len(found(db)) == len(PUSHING))
    before = found(db)
    assert {name: row[0] for name, row in before.items()} == dict.fromkeys(PUSHING, TEXT)
    assert {name for name, row in before.items() if row[3] is not None} == WINDOWS
    # A day from when it was written, whenever it came.
    assert {before[name][3] for name in WINDOWS} == {encode(AT + timedelta(hours=24))}
    for name, body in GONE.items():
        assert receiver.ask("POST", f"/{name}/kopi", body, signed(name, body)).status == 200
    eventually(lambda: all(found(db)[name][2] == "hidden" for name in GONE))
    assert {name: row[:2] for name, row in found(db).items()} == {name: row[:2] for name, row in before.items()}
    code, _took, err = receiver.end()
    assert code == 0 and "403" in err
    assert not [word for word in (SECRET, WORD, HOOK, TOKEN, "Melati", "1158201444") if word in err]


def status(key: str, word: str, second: int = 0, **more: Any) -> bytes:
    one = {
        "id": "wamid.ours", "status": word, "timestamp": str(SECONDS + second), "recipient_id": fake_whatsapp.RINA,
        "biz_opaque_callback_data": key,
    }  # fmt: skip
    return fake_whatsapp.body(one | more, inner="statuses", contacts=[])


def test_what_whatsapp_tells_settles_an_answer_of_which_nobody_knows_whether_it_is_out(
    db: Path, store: Store, actor: Actor, receiver: Receiver, smdash: Smdash
) -> None:
    def push(body: bytes) -> None:
        assert receiver.ask("POST", "/whatsapp/kopi", body, signed("whatsapp", body)).status == 200

    def told() -> tuple[str, str | None, str | None]:
        with store.reading() as conn:
            row = conn.execute("SELECT state, remote_id, error FROM delivery").fetchone()
            return row[0], row[1], row[2]

    push(FIRST["whatsapp"])
    eventually(lambda: found(db))
    with store.writing() as conn:
        (mention_id,) = conn.execute("SELECT id FROM mention").fetchone()
        one = outbox.get(conn, replies.send(conn, actor, mention_id, "Masih buka", datetime.now(UTC)).delivery_id)
        outbox.begin(conn, one, datetime.now(UTC))
    # While the call is under way the service's own word comes first.
    push(status(one.key, "sent"))
    push(whatsapp(fake_whatsapp.message(3, "text", {"body": "Halo?"})))
    eventually(lambda: _count(store) == 2)
    assert told() == ("sending", None, None)
    with store.writing() as conn:
        outbox.unknown(conn, one, datetime.now(UTC), "no answer came", None)
    eventually(lambda: told() == ("sent", "wamid.ours", None))
    error = {"code": 131026, "title": "Message undeliverable", "error_data": {"details": "Not on WhatsApp"}}
    push(status(one.key, "failed", 2, errors=[error]))
    eventually(lambda: told()[2] is not None)
    assert told() == ("sent", "wamid.ours", "the network told later that it did not arrive: Not on WhatsApp (131026)")
    assert "1 message of whatsapp/kopi counts as sent" in smdash("doctor").out


def _count(store: Store) -> int:
    with store.reading() as conn:
        return int(conn.execute("SELECT count(*) FROM mention").fetchone()[0])


def test_an_app_s_one_address_brings_comments_and_messages_of_a_page(db: Path, receiver: Receiver) -> None:
    """Meta sends both to the address that the app has for pages, be it that of the one or of the other."""
    for at, what in (("facebook_page", "messenger"), ("messenger", "facebook_page")):
        assert receiver.ask("POST", f"/{at}/kopi", FIRST[what], signed(at, FIRST[what])).status == 200
    eventually(lambda: len(found(db)) == 2)
    assert {name: row[0] for name, row in found(db).items()} == {"facebook_page": TEXT, "messenger": TEXT}
