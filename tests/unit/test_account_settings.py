"""``sync.toml``: what a network needs beside the token, programs as sources; every mistake by its line and key."""

from __future__ import annotations

from pathlib import Path

import pytest
import tomlkit

from smdash.core.errors import SettingsError
from smdash.platforms.base import Need, Platform
from smdash.settings import service
from smdash.settings.accounts import AccountSettings
from smdash.settings.references import Reference
from smdash.settings.vault import FileVault
from smdash.sync import secrets

HEAD = '[[account]]\nplatform = "forum"\nname = "kopi"\n'
FORUM = Platform(
    "forum", "Forum", "FO", "live",
    needs=(
        Need("client_id", "the app's id", "on its page"), Need("client_secret", "the app's secret", secret=True),
        Need("board", "the board", required=False),
    ),
)  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "sync.toml"


def problems(file: Path, text: str) -> list[str]:
    file.write_text(text)
    return [one.replace(f"{file}", "FILE") for one in service.problems(file)]


def only(file: Path) -> AccountSettings:
    (found,) = service.read(file).accounts
    return found


def test_options_and_secrets_are_read(file: Path, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("dari-berkas")
    file.write_text(
        HEAD + '[account.options]\nclient_id = 123\nboard = "kopi susu"\n'
        f'[account.secrets]\nclient_secret = {{ file = "{tmp_path}/secret" }}\nliteral = "rahasia-kopi"\n'
    )
    one = only(file)
    assert one.options == {"client_id": "123", "board": "kopi susu"}
    assert one.other_secrets() == {"client_secret": "dari-berkas", "literal": "rahasia-kopi"}
    assert "rahasia-kopi" not in repr(service.read(file))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[account.options]\nA = 'x'", "FILE:5: account.options.A: a key is small letters"),
        ("[account.options]\na = true", "FILE:5: account.options.a: expected text"),
        ("[account.options]\na = ['x']", "FILE:5: account.options.a: expected text"),
        ("options = 5", "FILE:4: account.options: expected a table"),
        ("options = { a = 1.5 }", "FILE:4: account.options.a: expected text"),
        ("secrets = 'x'", "FILE:4: account.secrets: expected a table"),
        ("[account.secrets]\na = 5", "FILE:5: account.secrets.a: expected text, or one of"),
        ("[account.secrets]\na = ''", "FILE:5: account.secrets.a: expected text, or one of"),
        ("[account.secrets]\na = { }", "FILE:5: account.secrets.a: expected text, or one of"),
        ("[account.secrets]\na = { text = 'x' }", "FILE:5: account.secrets.a: expected text, or one of"),
        ("[account.secrets]\na = { file = 'x', env = 'Y' }", "FILE:5: account.secrets.a: expected text, or one of"),
        ("[account.secrets]\na = { file = 5 }", "FILE:5: account.secrets.a: file: expected text"),
        ("[account.secrets]\na = { env = 'a b' }", "FILE:5: account.secrets.a: env: expected the name of a variable"),
        ("[account.secrets.a]\nkeyring = 'x'", "FILE:4: account.secrets.a: keyring: expected SERVICE/USER"),
        ("token = 'x'\ntoken_env = 'X'", "FILE:5: account.token_env: the token is named already, by token"),
        ("token_file = '/x'\ntoken_keyring = 'a/b'", "FILE:5: account.token_keyring: the token is named already"),
        ("token_env = 'x y'", "FILE:4: account.token_env: expected the name of a variable"),
        ("token_credential = '../x'", "FILE:4: account.token_credential: expected the name of a credential"),
        ("token_keyring = 'x'", "FILE:4: account.token_keyring: expected SERVICE/USER"),
        ("token_env = 5", "FILE:4: account.token_env: expected text"),
        ("[account.option]\na = 'x'", "FILE:4: account.option: unknown key; did you mean options?"),
    ],
)
def test_each_mistake_by_its_line_and_key(file: Path, text: str, said: str) -> None:
    (found,) = problems(file, f"{HEAD}{text}\n")
    assert found.startswith(said)
    with pytest.raises(SettingsError):
        only(file).secret()
    with pytest.raises(SettingsError):
        only(file).other_secrets()


def test_a_mistake_of_the_second_account_has_the_line_of_the_second(file: Path) -> None:
    good = HEAD + "[account.options]\na = '1'\n[account.secrets]\nb = 'x'\n"
    found = problems(file, good + "\n" + good.replace("kopi", "teh").replace("'1'", "[]").replace("'x'", "5"))
    assert [one.split(": ")[0] for one in found] == ["FILE:13", "FILE:15"]


def test_no_account_gets_the_secrets_of_one_whose_head_is_broken(file: Path) -> None:
    found = problems(
        file,
        HEAD
        + "\n[[account]\nplatform = 'forum'\nname = 'teh'\n[account.options]\na = 'b'\n[account.secrets]\nc = 'geheim'\n"
        "\n[[account]]\nplatform = 'forum'\nname = 'susu'\n",
    )
    assert len(found) == 1 and found[0].startswith("FILE:5: ")
    kopi, susu = service.read(file).accounts
    assert (kopi.name, kopi.options, kopi.secrets, susu.name) == ("kopi", {}, {}, "susu")


def test_an_account_with_a_broken_secret_is_left_out_whole(file: Path) -> None:
    problems(
        file,
        HEAD + "token = 'x'\n[account.secrets]\na = geheim\n[account.options]\nb = '1'\n" + HEAD.replace("kopi", "teh"),
    )
    assert [(one.name, one.options) for one in service.read(file).accounts] == [("teh", {})]


def test_an_account_is_written_and_read_back(file: Path) -> None:
    one = AccountSettings(
        "forum", "kopi", "https://f.example", token_env="T", options={"a": "1"},
        secrets={"b": Reference("file", "/b"), "c": Reference("keyring", "x/y"), "d": Reference("text", "rahasia")},
    )  # fmt: skip
    service.add_account(one, file)
    assert only(file) == one and file.stat().st_mode & 0o077 == 0
    other = AccountSettings("forum", "teh", token_credential="t")
    service.add_account(other, file)
    assert service.read(file).accounts == (one, other)
    assert "\n\n[[account]]\n" in file.read_text()
    file.write_text(file.read_text().replace('a = "1"', 'a = "1"  # our board'))
    service.add_account(AccountSettings("forum", "kopi", token_file="/t", options={"a": "1", "e": "2"}), file)
    again = service.read(file).accounts[0]
    assert (again.token_env, again.token_file, again.options, again.secrets) == ("", "/t", {"a": "1", "e": "2"}, {})
    assert "# our board" in file.read_text() and tomlkit.parse(file.read_text())


def account(**fields: object) -> AccountSettings:
    return AccountSettings("forum", "kopi", **fields)  # type: ignore[arg-type]


def test_what_the_network_needs_is_measured(tmp_path: Path, file: Path) -> None:
    good = account(options={"client_id": "1"}, secrets={"client_secret": Reference("text", "rahasia")})
    assert secrets.problems(good, FORUM) == []
    lacking = secrets.problems(account(), FORUM)
    assert len(lacking) == 2 and "the app's id is missing; set client_id below [account.options]" in lacking[0]
    assert "smdash account add forum --name kopi" in lacking[1]
    file.write_text(HEAD + "[account.options]\nclient_secret = '1'\nboart = '2'\nclient_id = '3'\n")
    found = secrets.problems(only(file), FORUM)
    assert [one.replace(f"{file}", "FILE") for one in found] == [
        "FILE:5: account.options.client_secret: it belongs below [account.secrets]",
        "FILE:6: account.options.boart: Forum knows no such key; known: client_id, client_secret, board",
    ]


def test_credentials_are_read_anew_each_time(tmp_path: Path, own_folders: None) -> None:
    secret = tmp_path / "secret"
    one = account(token="t1", options={"client_id": "1"}, secrets={"client_secret": Reference("file", str(secret))})
    vault = FileVault("db", "forum", "kopi")
    with pytest.raises(SettingsError, match="client_secret: there is no token file"):
        secrets.credentials(one, FORUM, vault)
    for text in ("pertama-sekali", "kedua-kalinya"):
        secret.write_text(text)
        found = secrets.credentials(one, FORUM, vault)
        assert (found.token, found.options, found.secrets) == ("t1", {"client_id": "1"}, {"client_secret": text})
        assert text not in repr(found)


PROGRAM = '[[exec]]\nname = "forum"\nplatform = "forum"\ncommand = ["/opt/forum"]\n'


def test_programs_are_read(file: Path) -> None:
    file.write_text(
        PROGRAM + 'account = "kopi"\ninterval_s = 60\ntimeout_s = 5\nmemory_mb = 64\nenv = ["A_B"]\n' + HEAD
    )
    (found,) = service.read(file).programs
    assert (found.name, found.platform, found.account, found.command) == ("forum", "forum", "kopi", ("/opt/forum",))
    assert (found.interval_s, found.timeout_s, found.memory_mb, found.env) == (60, 5, 64, ("A_B",))
    assert [one.name for one in service.read(file).accounts] == ["kopi"] and not found.problem


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (PROGRAM.replace('["/opt/forum"]', '"/opt/forum --new"'), "FILE:4: exec.command: expected a list"),
        (
            PROGRAM.replace('["/opt/forum"]', "[]"),
            "FILE:4: exec.command: expected a list: the program and its arguments",
        ),
        (PROGRAM.replace('["/opt/forum"]', "[5]"), "FILE:4: exec.command: expected a list of texts"),
        (PROGRAM.replace('"forum"\nplatform', '"a b"\nplatform'), "FILE:2: exec.name: expected a word"),
        (PROGRAM + "env = ['A=B']", "FILE:5: exec.env: expected a list of names of variables"),
        (PROGRAM + "interval_s = 1", "FILE:5: exec.interval_s: expected 15 to 604800"),
        (PROGRAM + "timeout_s = 0", "FILE:5: exec.timeout_s: expected 1 to 3600"),
        (PROGRAM + "memory_mb = 1", "FILE:5: exec.memory_mb: expected 16 to 65536"),
        (PROGRAM + "account = 'a/b'", "FILE:5: exec.account: a name without “/” is needed"),
        (PROGRAM + "shell = true", "FILE:5: exec.shell: unknown key"),
        (PROGRAM + PROGRAM, "FILE:6: exec.name: forum is there twice"),
        ("exec = 5", "FILE:1: exec: expected a list"),
    ],
)
def test_each_mistake_of_a_program_by_its_line_and_key(file: Path, text: str, said: str) -> None:
    assert any(one.startswith(said) for one in problems(file, text + "\n")), problems(file, text + "\n")
