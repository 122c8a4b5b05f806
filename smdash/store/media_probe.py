"""Looking into a picture, video or sound in a process of its own.

Broken files may end a library that reads them, or make it take all memory; so nothing of that happens in a dashboard,
which stays small and quick besides.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from smdash import locale
from smdash.core.errors import InputError
from smdash.core.media import Probe
from smdash.locale import gettext as _

# The child ends itself before that (seconds of the processor), unless the disk is slow.
PATIENCE_S = 120


def probe(path: Path, *, patience_s: float = PATIENCE_S) -> Probe:
    """What the file is by its content; it is rewritten in place without what it tells of its making.

    Raises InputError for one that is no picture, video or sound that networks take, is broken, or takes too much time
    or memory.
    """
    package = str(Path(__file__).parents[2])
    try:
        done = subprocess.run(  # noqa: S603 our own module
            [sys.executable, "-P", "-m", "smdash.store.media_reading", str(path), locale.language()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience_s,
            check=False,
            # The child needs to find this package, wherever the parent found it, and nothing of who we are.
            env={"PYTHONPATH": os.pathsep.join((package, *filter(None, sys.path))), "PYTHONDONTWRITEBYTECODE": "1"},
        )
        told = json.loads(done.stdout)
        if "refused" in told:
            raise InputError(told["refused"])
        return Probe(**told)
    except (subprocess.TimeoutExpired, ValueError, TypeError) as problem:
        raise InputError(_("the file is broken, or takes too much time or memory to read")) from problem
