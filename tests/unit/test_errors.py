"""What the kinds of errors promise."""

from datetime import UTC, datetime

import pytest

from smdash.core.errors import ErrorKind, PlatformError, SettingsError, SmdashError


@pytest.mark.parametrize("kind", ["auth", "permission", "gone", "rejected"])
def test_waiting_cannot_mend_these(kind: str) -> None:
    assert PlatformError(ErrorKind(kind), "no").needs_person


@pytest.mark.parametrize("kind", ["rate", "quota", "network", "server", "unknown", "duplicate"])
def test_waiting_may_mend_these(kind: str) -> None:
    assert not PlatformError(ErrorKind(kind), "no").needs_person


def test_all_errors_have_one_root_and_say_what_they_know() -> None:
    later = datetime(2026, 11, 23, 8, tzinfo=UTC)
    slow = PlatformError(ErrorKind.RATE, "wait", retry_at=later)
    assert isinstance(slow, SmdashError) and slow.retry_at == later and str(slow) == "wait"
    assert str(SettingsError(["one", "two"])) == "one\ntwo"
