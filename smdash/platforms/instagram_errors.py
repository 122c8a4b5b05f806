"""What errors mean that only Instagram has, by code and subcode.

https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes for what Meta tells: a
picture's size, type and sides, a container that is gone or was too slow. The others come from tools that meet them and
are unverified: 9/2207042, 2207050, 2207051, 36004/2207010, 9007/2207027, and of messages 10/2534022 and 100/2534014.
"""

from __future__ import annotations

from smdash.core.errors import ErrorKind
from smdash.locale import noop
from smdash.platforms.meta_errors import Meaning, Meanings

_TROUBLE = noop("{host} is in trouble")
_NOT_FETCHED = noop("{host} could not fetch the file from the public address")
_BLOCKED = noop("{host} has blocked this account for now")
_CONTAINER = noop("{host} does not have what was prepared for the post any more")
_WINDOW = noop("more than 24 hours have passed since this person wrote; Instagram takes no answer any more")

MEANINGS: Meanings = {
    (9, 2207042): Meaning(ErrorKind.QUOTA, noop("{host} takes no more posts of this account within 24 hours")),
    (None, 2207042): Meaning(ErrorKind.QUOTA, noop("{host} takes no more posts of this account within 24 hours")),
    (None, 2207050): Meaning(ErrorKind.PERMISSION, noop("{host} has restricted this account; see it in the app")),
    (None, 2207051): Meaning(ErrorKind.PERMISSION, _BLOCKED),
    (None, 2207004): Meaning(ErrorKind.REJECTED, noop("the picture is too big for {host}")),
    (None, 2207005): Meaning(ErrorKind.REJECTED, noop("{host} does not take pictures of this type")),
    (None, 2207009): Meaning(ErrorKind.REJECTED, noop("{host} does not take pictures of these sides")),
    (None, 2207010): Meaning(ErrorKind.REJECTED, noop("the text is too long for {host}")),
    (None, 2207003): Meaning(ErrorKind.SERVER, _NOT_FETCHED),
    (None, 2207052): Meaning(ErrorKind.REJECTED, _NOT_FETCHED),
    (9004, None): Meaning(ErrorKind.REJECTED, _NOT_FETCHED),
    (None, 2207026): Meaning(ErrorKind.REJECTED, noop("{host} does not take videos of this type")),
    (None, 2207057): Meaning(ErrorKind.REJECTED, noop("{host} can't make the video's picture from this second")),
    (None, 2207006): Meaning(ErrorKind.GONE, _CONTAINER),
    (None, 2207008): Meaning(ErrorKind.GONE, _CONTAINER),
    (None, 2207020): Meaning(ErrorKind.GONE, _CONTAINER),
    # A refusal that waiting mends: nothing was published.
    (None, 2207027): Meaning(ErrorKind.RATE, noop("{host} is still at work on the files")),
    (None, 2207001): Meaning(ErrorKind.SERVER, _TROUBLE),
    (None, 2207032): Meaning(ErrorKind.SERVER, _TROUBLE),
    (None, 2207053): Meaning(ErrorKind.SERVER, _TROUBLE),
    (None, 2207082): Meaning(ErrorKind.SERVER, _TROUBLE),
    (10, 2018278): Meaning(ErrorKind.REJECTED, _WINDOW),
    (10, 2534022): Meaning(ErrorKind.REJECTED, _WINDOW),
    (551, None): Meaning(ErrorKind.REJECTED, noop("this person takes no messages now")),
    (100, 2534014): Meaning(ErrorKind.GONE, noop("this person is not there any more")),
    (100, 2018001): Meaning(ErrorKind.GONE, noop("this person is not there any more")),
}
