"""Where secrets are: each kind of place, read anew each time, and what is said of one that can't be read."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from smdash.core.errors import SettingsError
from smdash.settings import references
from smdash.settings.references import Reference, problem_of

SECRET = "rahasia-kopi-42"
BACKEND = """
import keyring.backend

class Keyring(keyring.backend.KeyringBackend):
    priority = 1

    def get_password(self, service, user):
        if service == "broken":
            raise RuntimeError("rahasia-kopi-42 leaks here")
        if service == "slow":
            import time
            time.sleep(60)
        return {("smdash/x", "kopi"): "rahasia-kopi-42", ("two", "words"): "a b"}.get((service, user))

    def set_password(self, service, user, password):
        raise NotImplementedError

    delete_password = set_password
"""


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A keyring with one secret in it, as keyring itself loads one."""
    backends = pytest.importorskip("keyring")
    (tmp_path / "own_keyring.py").write_text(BACKEND)
    monkeypatch.syspath_prepend(str(tmp_path))
    before = backends.get_keyring()
    backends.set_keyring(backends.core.load_keyring("own_keyring.Keyring"))
    yield
    backends.set_keyring(before)


def said(reference: Reference) -> str:
    with pytest.raises(SettingsError) as caught:
        reference.read()
    assert SECRET not in str(caught.value)
    return str(caught.value)


def test_text_is_the_secret_and_in_no_repr() -> None:
    one = Reference("text", SECRET)
    assert one.read() == SECRET
    assert SECRET not in repr(one) and SECRET not in one.shown()


def test_a_file_is_read_anew(tmp_path: Path) -> None:
    file = tmp_path / "token"
    one = Reference("file", str(file))
    assert "there is no token file" in said(one)
    file.write_text(f" {SECRET}\n")
    assert one.read() == SECRET
    file.write_text("baru\n")
    assert one.read() == "baru"


def test_a_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "token").write_text(SECRET)
    assert Reference("file", "~/token").read() == SECRET
    assert "no token file" in said(Reference("file", "~nobody-at-all/token"))


@pytest.mark.parametrize("made", ["folder", "pipe", "binary", "large"])
def test_what_is_no_token_file_is_told_and_not_waited_for(tmp_path: Path, made: str) -> None:
    file = tmp_path / "token"
    if made == "folder":
        file.mkdir()
    elif made == "pipe":
        os.mkfifo(file)
    elif made == "binary":
        file.write_bytes(b"\xff\xfe")
    else:
        file.write_text("x y\n" * 100_000)
    assert str(file) in said(Reference("file", str(file)))


def test_a_variable_is_read_where_smdash_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    one = Reference("env", "KOPI_TOKEN")
    monkeypatch.delenv("KOPI_TOKEN", raising=False)
    assert said(one) == "the variable KOPI_TOKEN is not set where smdash runs"
    monkeypatch.setenv("KOPI_TOKEN", f"{SECRET}\n")
    assert one.read() == SECRET
    monkeypatch.setenv("KOPI_TOKEN", f"{SECRET} and more")
    assert "must hold the token alone" in said(one)


def test_a_credential_comes_from_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Reference("credential", "x-token")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert "LoadCredential=" in said(one)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert "no token file" in said(one)
    (tmp_path / "x-token").write_text(SECRET)
    assert one.read() == SECRET


@pytest.mark.usefixtures("keyring")
def test_the_keyring_is_asked_by_service_and_user(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Reference("keyring", "smdash/x/kopi").read() == SECRET
    assert said(Reference("keyring", "smdash/x/teh")) == "the keyring holds nothing under smdash/x/teh"
    assert "must hold the token alone" in said(Reference("keyring", "two/words"))
    assert said(Reference("keyring", "broken/kopi")) == "the keyring can't be asked for broken/kopi (RuntimeError)"
    monkeypatch.setattr(references, "KEYRING_S", 0.2)
    assert "did not answer within 0.2 s" in said(Reference("keyring", "slow/kopi"))


@pytest.mark.usefixtures("keyring")
def test_what_the_keyring_does_not_keep_is_told() -> None:
    with pytest.raises(SettingsError, match="can't keep smdash/x/teh") as caught:
        references.keep_in_keyring("smdash/x/teh", SECRET)
    assert SECRET not in str(caught.value)


def test_a_missing_keyring_names_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "keyring.py").write_text("raise ImportError('not here')")
    script = (
        "from smdash.settings.references import Reference\n"
        "try: Reference('keyring', 'a/b').read()\n"
        "except Exception as problem: print(type(problem).__name__, problem)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=os.environ | {"PYTHONPATH": str(tmp_path)}
    )
    assert done.stdout.startswith("SettingsError the package keyring is missing; install it with: pip install"), done


def test_nothing_of_a_keyring_is_imported_for_other_places() -> None:
    script = (
        "import sys; from smdash.settings.references import Reference; Reference('text', 'x').read();"
        "print('keyring' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("file", "/srv/x", True), ("file", "", False), ("file", "a\nb", False), ("env", "X_1", True), ("env", "1X", False),
        ("env", "A-B", False), ("credential", "x-token", True), ("credential", "../x", False), ("credential", ".x", False),
        ("keyring", "smdash/kopi", True), ("keyring", "kopi", False), ("keyring", "/kopi", False), ("keyring", "smdash/", False),
    ],
)  # fmt: skip
def test_a_place_is_looked_at_before_it_is_used(kind: str, value: str, good: bool) -> None:
    assert (problem_of(kind, value) == "") is good
