"""Videos for Bluesky: its video service makes them ready before the post is out.

It gets the file with a token by which it hands the result to the account's own server, and is asked until that is done.
Where it does not serve (other networks than Bluesky's own), the account's server takes the file itself: people can play
it then some seconds after the post is out, if the network has something that makes it ready.
https://docs.bsky.app/docs/tutorials/video; lexicons app.bsky.video.*, com.atproto.server.getServiceAuth.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from smdash.core.errors import ErrorKind, PlatformError
from smdash.locale import gettext as _
from smdash.platforms import bluesky_blobs as blobs
from smdash.platforms import redact
from smdash.platforms.answers import Answer
from smdash.platforms.bluesky_errors import unexpected
from smdash.platforms.bluesky_session import Caller, is_did
from smdash.platforms.outgoing import Medium
from smdash.platforms.problems import problem, quote

TYPE = "video/mp4"
SERVICE = "https://video.bsky.app"
_SERVICE_DID = "did:web:video.bsky.app"
# How long the service may use our server in our name; it wants half an hour, the network allows an hour.
_TOKEN_FOR = timedelta(minutes=30)
# Seconds between two questions whether it is ready: three minutes in all, and a short video takes half a minute.
_PAUSES_S = (1, 1, 2, 2, 3, 3, *[5] * 34)
_ID_LIMIT = 200
_PASSING = (ErrorKind.NETWORK, ErrorKind.SERVER)

Pause = Callable[[float], Awaitable[object]]


async def upload(medium: Medium, caller: Caller) -> dict[str, Any]:
    """The blob that a video became. Raises PlatformError, naming the file; nothing arrives by it."""
    with blobs.naming(medium):
        if (await caller.session()).pds.startswith("https://") and (
            blob := await made_ready(medium, caller)
        ) is not None:
            return blob
        return await blobs.upload(medium, caller, TYPE)


async def made_ready(
    medium: Medium, caller: Caller, *, service: str = SERVICE, pause: Pause = asyncio.sleep
) -> dict[str, Any] | None:
    """The blob that the *service* made of a video, or nothing where it does not serve this account.

    Raises PlatformError; where it is not done within three minutes, of a kind that is tried again: it knows the file
    then, and answers at once.
    """
    if not await _serves(medium, caller, service) or (job := await _sent(medium, caller, service)) is None:
        return None
    for seconds in _PAUSES_S:
        if (blob := blobs.read_blob(job.get("blob"))) is not None:
            return blob
        if job.get("state") == "JOB_STATE_FAILED":
            raise _refused(job)
        await pause(seconds)
        job = await _status(job, caller, service)
    raise problem(ErrorKind.SERVER, _("Bluesky's video service is still busy with it"), arrived=False)


async def _serves(medium: Medium, caller: Caller, service: str) -> bool:
    """Whether the service takes videos for this account's network. Raises PlatformError (rejected) where it may not."""
    token = await _token(caller, _SERVICE_DID, "app.bsky.video.getUploadLimits")
    answer = await caller.client.get(f"{service}/xrpc/app.bsky.video.getUploadLimits", owner_typed=False, token=token)
    found = _object(answer)
    if answer.status == 429 or answer.status >= 500:
        caller.judged(answer)
    # It knows the accounts of Bluesky's network only, and of others says so, or that they can't.
    if "canUpload" not in found or found.get("error") == "profile_not_found":
        return False
    left = found.get("remainingDailyBytes")
    if found.get("canUpload") is not True:
        raise _refused(found)
    if type(left) is int and left < medium.bytes:
        raise problem(ErrorKind.QUOTA, _("Bluesky takes no more videos of this size from the account today"))
    return True


async def _sent(medium: Medium, caller: Caller, service: str) -> dict[str, Any] | None:
    """Hand the file to the service; the job that it made of it, or nothing where it does not take our token."""
    session = await caller.session()
    described = await caller.get("com.atproto.server.describeServer", {})
    found = _object(described)
    # On whose behalf the service will call is in the token, and whom.
    pds = found.get("did")
    if not isinstance(pds, str) or not is_did(pds):
        raise unexpected(described)
    answer = await caller.client.upload(
        f"{service}/xrpc/app.bsky.video.uploadVideo",
        medium.path,
        TYPE,
        owner_typed=False,
        name=medium.shown,
        digest=medium.digest,
        params={"did": session.did, "name": f"{medium.digest[:32]}.mp4"},
        token=await _token(caller, pds, "com.atproto.repo.uploadBlob"),
    )
    if answer.status in (401, 403, 404):
        return None
    job = _job(answer)
    named = isinstance(job.get("jobId"), str) and 0 < len(job["jobId"]) <= _ID_LIMIT
    # A file that it knows already is a conflict to it, with the job of the first time.
    if not answer.ok and not (answer.status == 409 and named):
        caller.judged(answer)
    if not named and blobs.read_blob(job.get("blob")) is None:
        raise unexpected(answer)
    return job


async def _status(job: dict[str, Any], caller: Caller, service: str) -> dict[str, Any]:
    """How far it is by now; the same as before where the service can't tell in this moment."""
    address = f"{service}/xrpc/app.bsky.video.getJobStatus"
    try:
        answer = await caller.client.get(address, owner_typed=False, params={"jobId": job["jobId"]})
        return _job(caller.judged(answer)) | {"jobId": job["jobId"]}
    except PlatformError as error:
        if error.kind in _PASSING:
            return job
        raise


async def _token(caller: Caller, audience: str, method: str) -> str:
    """A token by which *method* of *audience* may be called in the account's name."""
    until = int((caller.now + _TOKEN_FOR).timestamp())
    answer = await caller.get("com.atproto.server.getServiceAuth", {"aud": audience, "lxm": method, "exp": until})
    token = _object(answer).get("token")
    if not isinstance(token, str):
        raise unexpected(answer)
    redact.remember(token)
    return token


def _job(answer: Answer) -> dict[str, Any]:
    """The job in an answer: the lexicon wraps it, the service does so not always."""
    found = _object(answer)
    job = found.get("jobStatus")
    return job if isinstance(job, dict) else found


def _object(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except PlatformError:
        return {}
    return found if isinstance(found, dict) else {}


def _refused(found: dict[str, Any]) -> PlatformError:
    """What the service says against the video or the account, in its own words."""
    said = next((found[key] for key in ("message", "error") if isinstance(found.get(key), str) and found[key]), "")
    sentence = _("Bluesky's video service does not take it")
    if said:
        sentence = _("{sentence}: {said}").format(sentence=sentence, said=quote(said))
    return problem(ErrorKind.REJECTED, sentence, arrived=False)
