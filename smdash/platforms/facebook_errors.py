"""Errors of the Graph API that mean something of their own for a Facebook page.

https://developers.facebook.com/docs/graph-api/guides/error-handling, /reference/page/ and /reference/insights. Codes of
what a page's token may not do are in the range 200 to 299, which ``meta_errors`` knows.
"""

from __future__ import annotations

from smdash.core.errors import ErrorKind
from smdash.locale import noop
from smdash.platforms.meta_errors import Meaning, Meanings

MEANINGS: Meanings = {
    (12, None): Meaning(ErrorKind.REJECTED, noop("{host} does not offer this any more")),
    (3001, None): Meaning(ErrorKind.REJECTED, noop("{host} does not know these figures")),
    (210, None): Meaning(ErrorKind.PERMISSION, noop("{host} wants the page's own token for this")),
    (324, None): Meaning(ErrorKind.REJECTED, noop("{host} can't read the picture, or it is too big")),
}
