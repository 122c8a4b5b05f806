"""Another wall clock for the programs that find this on their path: the machine's plus the seconds that a file says, or
one that stands at the instant that it names.

Stands at smdash's own clock. libfaketime was tried and is no base for a test: where its offset changes while a thread
waits, it sometimes fakes the steady clock too, and sometimes has a wait fail with EINVAL.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

from smdash.core import clock

_FILE = Path(os.environ["SMDASH_TEST_CLOCK"])


def _now(_self: clock.SystemClock) -> datetime:
    told = _FILE.read_text()
    if "T" in told:
        return datetime.fromisoformat(told)
    return datetime.now(UTC) + timedelta(seconds=int(told))


clock.SystemClock.now = _now  # type: ignore[method-assign]
