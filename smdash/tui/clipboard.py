"""Copying from a program without a desktop: the terminal takes what is copied, wherever it runs.

Sources: xterm's control sequences (OSC 52); tmux(1), ``set-clipboard`` and ``load-buffer -w``.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping

# How long tmux may take (seconds).
PATIENCE_S = 2.0


def is_within_tmux(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether tmux stands between: as it is set at first, it lets no program's OSC 52 through."""
    return bool(environ.get("TMUX"))


def give_tmux(text: str) -> bool:
    """Have tmux keep the text as a paste buffer and hand it to its own terminal; returns whether it did."""
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],  # noqa: S607 (the member's own tmux)
            input=text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
