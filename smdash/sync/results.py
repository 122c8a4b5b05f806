"""How one run of a job went, for whoever started the service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class JobResult:
    """How one run went; ``seconds`` is how long it took."""

    job: str
    ok: bool
    new: int
    changed: int
    seconds: float
    error: str | None
