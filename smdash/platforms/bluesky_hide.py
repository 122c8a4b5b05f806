"""Hiding an answer below an own post: its address is added to the settings of the thread, its threadgate.

The settings may be somebody else's work as well (on Bluesky's site), so they are written only if they are still what
was read. Lexicons app.bsky.feed.threadgate, com.atproto.repo.putRecord.
"""

from __future__ import annotations

from typing import Any

from smdash.core.clock import encode
from smdash.core.errors import ErrorKind
from smdash.locale import gettext as _
from smdash.platforms.bluesky_errors import error_of, lacks_record, unexpected
from smdash.platforms.bluesky_records import POST, uri_parts
from smdash.platforms.bluesky_session import Caller
from smdash.platforms.outgoing import Outgoing, Published, before_sending
from smdash.platforms.problems import problem

GATE = "app.bsky.feed.threadgate"
MOST_HIDDEN = 300


async def hide(out: Outgoing, caller: Caller) -> Published:
    """Hide the answer; one that is hidden already is left as it is. Raises PlatformError."""
    with before_sending():
        session = await caller.session()
        answer, thread, rkey = _place(out, session.did)
        gate, cid = await _gate(caller, session.did, rkey)
        hidden = _hidden(gate)
    uri = f"at://{session.did}/{GATE}/{rkey}"
    if answer in hidden:
        return Published(uri)
    if len(hidden) >= MOST_HIDDEN:
        sentence = _("Bluesky hides at most {count} answers in a thread, and so many are hidden in this one")
        raise problem(ErrorKind.REJECTED, sentence.format(count=MOST_HIDDEN), arrived=False)
    # Without "allow" everybody may answer, as in a thread without settings.
    record = gate or {"$type": GATE, "post": thread, "createdAt": encode(out.now)}
    body = {
        "repo": session.did,
        "collection": GATE,
        "rkey": rkey,
        "record": record | {"hiddenReplies": [*hidden, answer]},
        "swapRecord": cid,
    }
    done = await caller.procedure("com.atproto.repo.putRecord", body)
    if done.status == 400 and error_of(done)[0] == "InvalidSwap":
        sentence = _("somebody else changed the settings of the thread at the same moment")
        raise problem(ErrorKind.SERVER, sentence, arrived=False)
    said = caller.judged(done).json()
    if not isinstance(said, dict) or said.get("uri") != uri:
        raise unexpected(done)
    return Published(uri)


async def find(out: Outgoing, caller: Caller) -> Published | None:
    """Whether the answer is among the hidden ones. Raises PlatformError."""
    session = await caller.session()
    answer, _thread, rkey = _place(out, session.did)
    gate, _cid = await _gate(caller, session.did, rkey)
    return Published(f"at://{session.did}/{GATE}/{rkey}") if answer in _hidden(gate) else None


def _place(out: Outgoing, me: str) -> tuple[str, str, str]:
    """The answer's address, its thread's, and the key of the thread's settings, which is that of its first post."""
    addressee = out.addressee
    thread = addressee.thread_key if addressee is not None else None
    root, answer = uri_parts(thread), uri_parts(addressee.remote_id if addressee is not None else None)
    ours = root is not None and root[:2] == (me, POST)
    if addressee is None or thread is None or root is None or answer is None or not ours or answer[1] != POST:
        sentence = _("on Bluesky only answers below the account's own posts can be hidden")
        raise problem(ErrorKind.REJECTED, sentence, arrived=False)
    if answer == root:
        raise problem(ErrorKind.REJECTED, _("this is the account's own post, not an answer to it"), arrived=False)
    return addressee.remote_id, thread, root[2]


async def _gate(caller: Caller, me: str, rkey: str) -> tuple[dict[str, Any], str | None]:
    """The thread's settings and their CID; empty where there are none yet."""
    params = {"repo": me, "collection": GATE, "rkey": rkey}
    answer = await caller.query("com.atproto.repo.getRecord", params)
    if lacks_record(answer):
        return {}, None
    found = caller.judged(answer).json()
    gate, cid = (found.get("value"), found.get("cid")) if isinstance(found, dict) else (None, None)
    if not isinstance(gate, dict) or not gate or not isinstance(cid, str):
        raise unexpected(answer)
    return gate, cid


def _hidden(gate: dict[str, Any]) -> list[str]:
    listed = gate.get("hiddenReplies")
    return [one for one in listed if isinstance(one, str)] if isinstance(listed, list) else []
