"""``smdash account add`` as a person meets it: by options alone, and walking through it in a real terminal."""

from __future__ import annotations

import json
import os
import signal
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from smdash.settings import service
from smdash.settings.accounts import AccountSettings
from smdash.settings.references import Reference
from tests import forum
from tests.conftest import Smdash
from tests.pty_screen import Pty

TOKEN = "token-buatan-tangan"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The forum, installed by pip."""
    return forum.install(tmp_path_factory.mktemp("forum"))


@pytest.fixture
def server() -> Iterator[forum.Server]:
    found = forum.Server()
    yield found
    found.close()


@pytest.fixture
def desk(smdash: Smdash, site: Path) -> Smdash:
    smdash.env["PYTHONPATH"] = str(site)
    return smdash


@pytest.fixture
def secret(server: forum.Server, tmp_path: Path) -> Path:
    return kept(tmp_path / "app-secret", server.secret)


@pytest.fixture
def token(tmp_path: Path) -> Path:
    return kept(tmp_path / "token", TOKEN)


def kept(file: Path, text: str) -> Path:
    file.write_text(text)
    file.chmod(0o600)
    return file


def settings(tmp_path: Path) -> tuple[AccountSettings, ...]:
    return service.read(tmp_path / "config" / "sync.toml").accounts


def written(tmp_path: Path) -> list[str]:
    """What is in the service's folders; locks hold nothing."""
    return sorted(
        str(one.relative_to(tmp_path))
        for part in ("config", "state")
        for one in (tmp_path / part).rglob("*")
        if one.is_file() and not one.name.endswith("lock")
    )


def with_secret(folder: Path, text: str) -> list[str]:
    return sorted(one.name for one in folder.rglob("*") if one.is_file() and text.encode() in one.read_bytes())


def basics(server: forum.Server, secret: Path) -> tuple[str | Path, ...]:
    return (
        "account", "add", "forum", "--name", "kopi", "--url", server.url, "--option", "client_id=77",
        "--secret-file", f"client_secret={secret}",
    )  # fmt: skip


def test_what_only_the_service_can_read_is_taken_unread_when_told(
    desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path
) -> None:
    words = (*basics(server, secret), "--token-credential", "forum-token")
    assert "if the service has it, add --no-check" in desk.refused(*words)
    assert written(tmp_path) == []
    desk.ok(*words, "--no-check")
    assert settings(tmp_path)[0].token_credential == "forum-token"
    # Added again for something else, it keeps its place.
    assert (
        "not checked: the systemd credential"
        in desk.ok("account", "add", "forum", "--name", "kopi", "--option", "board=4").err
    )
    assert settings(tmp_path)[0].options == {"client_id": "77", "board": "4"}
    kept(tmp_path / "forum-token", TOKEN)
    assert desk.ok("sync", "--once", "--json", CREDENTIALS_DIRECTORY=str(tmp_path)).json["new"] == 1


def test_all_that_is_missing_is_named_at_once(desk: Smdash) -> None:
    said = desk.refused("account", "add", "forum", code=2)
    for words in ("--name", "--url", "--option client_id=VALUE (the app's id)", "--secret-file client_secret=PATH"):
        assert words in said
    assert "--token-file | --consent | --device (the token)" in said and "board" not in said


def test_options_do_all(desk: Smdash, server: forum.Server, secret: Path, token: Path, tmp_path: Path) -> None:
    server.missing = ["write"]
    ran = desk.ok(*basics(server, secret), "--option", "board=9", "--token-file", token)
    assert ran.out.strip() == "account forum/kopi (@kopi) is connected"
    for words in (
        "missing scopes: write",
        "its token ends in 30 days",
        "calls left: 240/300",
        "cost: each look costs a cent",
    ):
        assert words in ran.err
    (one,) = settings(tmp_path)
    assert (one.url, one.options, one.token_file) == (server.url, {"client_id": "77", "board": "9"}, str(token))
    assert one.secrets == {"client_secret": Reference("file", str(secret))}
    assert desk.ok("account", "list", "--json").json[0]["handle"] == "kopi"
    assert [json.loads(line)["new"] for line in desk.ok("sync", "--once", "--json").lines] == [1]
    assert with_secret(tmp_path, TOKEN) == ["token"] and with_secret(tmp_path, server.secret) == ["app-secret"]


def test_secrets_by_variable_and_credential(desk: Smdash, server: forum.Server, tmp_path: Path) -> None:
    place = tmp_path / "credentials"
    place.mkdir()
    kept(place / "forum-secret", server.secret)
    env = {"FORUM_TOKEN": TOKEN, "CREDENTIALS_DIRECTORY": str(place)}
    desk.ok(
        "account", "add", "forum", "--name", "kopi", "--url", server.url, "--option", "client_id=77",
        "--secret-credential", "client_secret=forum-secret", "--token-env", "FORUM_TOKEN", **env,
    )  # fmt: skip
    (one,) = settings(tmp_path)
    assert (one.token_env, one.secrets) == ("FORUM_TOKEN", {"client_secret": Reference("credential", "forum-secret")})
    assert "✓ forum/kopi" in desk.ok("account", "check", **env).out
    said = desk("account", "check")
    assert said.code == 1 and "the variable FORUM_TOKEN is not set where smdash runs" in said.out
    ran = desk("sync", "--once")
    assert ran.code == 1 and "FORUM_TOKEN" in ran.out
    assert with_secret(tmp_path, TOKEN) == []


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (("--option", "x=y"), 2, "Forum knows no “x”; known: client_id, board"),
        (("--option", "client_secret=y"), 2, "client_secret belongs to --secret-file"),
        (("--secret-env", "board=Y"), 2, "board belongs to --option"),
        (("--option", "board"), 2, "expected KEY=VALUE"), (("--option", "=x"), 2, "expected KEY=VALUE"),
        (("--token-env", "A", "--token-keyring", "a/b"), 2, "the token is in one place only"),
        (("--token-env", "1"), 2, "expected the name of a variable"), (("--token-env", "NOT_SET"), 1, "is not set"),
        (("--token-credential", "x"), 1, "LoadCredential"), (("--token-file", "/nowhere"), 1, "no token file /nowhere"),
        (("--secret-file", "client_secret=/nowhere"), 1, "no token file /nowhere"), (("--handle", "x.y"), 2, "needs none"),
        (("--url", "forum.example"), 2, "http or https address"), (("--name", "a/b"), 2, "a name without"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_and_nothing_is_written(
    desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path, more: tuple[str, ...], code: int, said: str
) -> None:
    assert said in desk.refused(*basics(server, secret), *more, code=code)
    assert written(tmp_path) == [] and desk.ok("account", "list", "--json").json == []


def test_a_token_that_the_network_refuses_is_not_kept(
    desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path
) -> None:
    wrong = kept(tmp_path / "wrong", "token-lama-sekali")
    said = desk.refused(*basics(server, secret), "--token-file", wrong)
    assert "does not accept the token (401)" in said and "token-lama" not in said
    assert written(tmp_path) == [] and desk.ok("account", "list", "--json").json == []


def test_a_network_that_rests_is_no_reason(desk: Smdash, server: forum.Server, secret: Path, token: Path) -> None:
    server.down = True
    assert "not checked: " in desk.ok(*basics(server, secret), "--token-file", token).err


def test_consent_without_a_terminal(desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path) -> None:
    ran = desk.ok(*basics(server, secret), "--consent", stdin=f"http://127.0.0.1:8765/?code={server.code}\n")
    assert "/agree?client_id=77" in ran.out
    (one,) = settings(tmp_path)
    # What the network told of itself is kept too.
    assert one.options == {"client_id": "77", "board": "7"} and one.token_reference is None
    assert desk.ok("sync", "--once", "--json").json["new"] == 1
    assert len(with_secret(tmp_path, "akses-nomor-1")) == 1 and with_secret(tmp_path / "config", "akses") == []
    server.good.clear()
    said = desk("account", "check")
    assert said.code == 1 and "akses-nomor" not in said.out


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("", "was expected on standard input"), ("http://127.0.0.1:8765/?error=access_denied\n", "did not agree"),
        ("kode-salah\n", "does not take the code"), ("http://127.0.0.1:8765/?code=kode-senja-1&state=x\n", "of another try"),
    ],
)  # fmt: skip
def test_a_consent_that_fails_leaves_nothing(
    desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path, pasted: str, said: str
) -> None:
    assert said in desk(*basics(server, secret), "--consent", stdin=pasted).err
    assert written(tmp_path) == []


def test_a_code_that_is_typed_elsewhere(desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path) -> None:
    process = desk.start(*basics(server, secret), "--device")
    until = time.monotonic() + 20
    while [path for path, _form in server.seen].count("/token") < 1 and time.monotonic() < until:
        time.sleep(0.05)
    server.agreed = True
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    assert server.user_code in out.decode() and "/type" in out.decode()
    assert [one.name for one in settings(tmp_path)] == ["kopi"]


def test_a_dead_secret_is_replaced_by_adding_again(
    desk: Smdash, server: forum.Server, secret: Path, token: Path, tmp_path: Path
) -> None:
    desk.ok(*basics(server, secret), "--token-file", token)
    token.unlink()
    assert "--token-file" in desk.refused("account", "add", "forum", "--name", "kopi", code=2)
    new = kept(tmp_path / "new", TOKEN)
    desk.ok("account", "add", "forum", "--name", "kopi", "--token-file", new)
    (one,) = settings(tmp_path)
    assert (one.token_file, one.options, list(one.secrets)) == (str(new), {"client_id": "77"}, ["client_secret"])
    # And by consent: the token goes, the session comes.
    desk.ok("account", "add", "forum", "--name", "kopi", "--consent", stdin=f"{server.code}\n")
    (one,) = settings(tmp_path)
    assert one.token_reference is None and len(with_secret(tmp_path / "state", "akses-nomor-1")) == 1
    # A token again: the session goes.
    desk.ok("account", "add", "forum", "--name", "kopi", "--token-file", new)
    assert settings(tmp_path)[0].token_file == str(new) and with_secret(tmp_path / "state", "akses-nomor") == []


def test_a_file_that_is_not_understood_is_told_before_anything_is_asked(desk: Smdash, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "sync.toml").write_text("nonsense\n")
    assert "sync.toml:1: " in desk.refused("account", "add", "forum")


def test_an_account_that_lacks_something_says_so_everywhere(desk: Smdash, tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    file = kept(
        tmp_path / "config" / "sync.toml",
        '[[account]]\nplatform = "forum"\nname = "kopi"\nurl = "http://127.0.0.1:9"\n',
    )
    file.write_text(file.read_text() + "[account.options]\nclient_di = '7'\n")
    for words in (("sync", "--once"), ("account", "check"), ("doctor",)):
        ran = desk(*words)
        assert ran.code == 1, words
        assert "sync.toml:6: account.options.client_di: Forum knows no such key" in ran.out + ran.err, words
        assert "the app's secret is missing; set client_secret below [account.secrets]" in ran.out + ran.err, words


def test_check_warns_of_the_end_of_a_token(desk: Smdash, server: forum.Server, secret: Path, token: Path) -> None:
    desk.ok(*basics(server, secret), "--token-file", token)
    for days, said in ((1, "its token ends in 1 day, on"), (0, "its token ends in 0 days"), (-3, "its token ended on")):
        server.days = days
        assert said in desk.ok("account", "check").out
    server.days = None
    (found,) = desk.ok("account", "check", "--json").json
    assert (found["days_left"], found["expires_at"], found["quota"]["left"]) == (None, None, 240)
    assert found["cost"] == "each look costs a cent"


def terminal(desk: Smdash, *words: str | Path) -> Pty:
    command = [str(word) for word in desk.command("account", "add", *words)]
    return Pty(desk.db, desk.env, size=(100, 50), command=command)


def asked(screen: Pty, question: str) -> str:
    """Wait until the question stands last on the screen."""
    return screen.until(lambda text: question in text.rstrip().splitlines()[-1] if text.strip() else False)


def answer(screen: Pty, question: str, words: str) -> None:
    asked(screen, question)
    screen.type(f"{words}\r".encode())


def ended(screen: Pty) -> int:
    """The exit code; the terminal echoes again."""
    code = screen.ended(20)
    assert termios.tcgetattr(screen.master)[3] & termios.ECHO, "the terminal does not echo"
    return code


def test_the_walk(desk: Smdash, server: forum.Server, tmp_path: Path) -> None:
    with terminal(desk, "forum") as screen:
        text = screen.until(lambda shown: "what the team calls the account:" in shown)
        for words in (
            "Forum: inbox", "where the token comes from: https://forum.example/apps", "what it must be allowed: read write",
            "cost: each look costs a cent", "smdash help forum",
        ):  # fmt: skip
            assert words in text
        answer(screen, "what the team calls the account:", "a/b")
        answer(screen, "what the team calls the account:", "kopi")
        answer(screen, "the server's address", "forum.example")
        answer(screen, "the server's address", server.url)
        answer(screen, "the app's id (on the page of the app):", "77")
        answer(screen, "the board, or nothing:", "")
        answer(screen, "number [1]:", "3")
        text = screen.until(lambda shown: "Where are its secrets kept?" in shown)
        assert "by a code that is typed on another device" in text
        answer(screen, "number [1]:", "9")
        answer(screen, "number [1]:", "")
        answer(screen, "the app's secret (it is not shown):", server.secret)
        answer(screen, "the token (it is not shown):", "dua kata")
        answer(screen, "the token (it is not shown):", TOKEN)
        answer(screen, "connect forum/kopi as @kopi? [yes]:", "")
        assert ended(screen) == 0
        assert "account forum/kopi (@kopi) is connected" in screen.text
        assert "expected one word without spaces" in screen.text and "expected a number from 1 to 6" in screen.text
        assert TOKEN.encode() not in screen.output and server.secret.encode() not in screen.output
    (one,) = settings(tmp_path)
    files = [Path(one.token_file), Path(one.secrets["client_secret"].value)]
    assert [file.read_text() for file in files] == [f"{TOKEN}\n", f"{server.secret}\n"]
    for file in files:
        assert file.is_relative_to(tmp_path / "state") and file.stat().st_mode & 0o077 == 0
    assert desk.ok("sync", "--once", "--json").json["new"] == 1
    assert with_secret(tmp_path / "config", TOKEN) == [] and TOKEN.encode() not in desk.db.read_bytes()


def test_a_token_that_is_refused_can_be_typed_anew(
    desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path
) -> None:
    with terminal(desk, *basics(server, secret)[2:]) as screen:
        answer(screen, "the board, or nothing:", "")
        answer(screen, "number [1]:", "3")
        answer(screen, "number [1]:", "")
        answer(screen, "the token (it is not shown):", "token-lama-sekali")
        answer(screen, "type it anew? [yes]:", "")
        assert "does not accept the token (401)" in screen.text and written(tmp_path) == []
        answer(screen, "the app's id (on the page of the app) [77]:", "")
        answer(screen, "the board, or nothing:", "3")
        answer(screen, "number [1]:", "3")
        answer(screen, "number [1]:", "")
        answer(screen, "the app's secret (it is not shown):", server.secret)
        answer(screen, "the token (it is not shown):", TOKEN)
        answer(screen, "connect forum/kopi as @kopi? [yes]:", "y")
        assert ended(screen) == 0
    assert settings(tmp_path)[0].options == {"client_id": "77", "board": "3"}


def test_the_walk_by_the_consent_page(desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path) -> None:
    with terminal(desk, *basics(server, secret)[2:]) as screen:
        answer(screen, "the board, or nothing:", "")
        answer(screen, "number [1]:", "1")
        screen.until(lambda shown: "the code, or the address:" in shown)
        address = next(word for word in bytes(screen.output).decode().split() if "/agree?" in word)
        state = parse_qs(urlsplit(address).query)["state"][0]
        answer(screen, "the code, or the address:", "http://127.0.0.1:8765/?code=x&state=other")
        answer(screen, "the code, or the address:", "kode-salah")
        answer(screen, "try it once more? [yes]:", "")
        screen.until(lambda shown: shown.rstrip().endswith("the code, or the address:"))
        address = [word for word in bytes(screen.output).decode().split() if "/agree?" in word][-1]
        assert parse_qs(urlsplit(address).query)["state"][0] != state
        state = parse_qs(urlsplit(address).query)["state"][0]
        answer(screen, "the code, or the address:", f"http://127.0.0.1:8765/?code={server.code}&state={state}")
        answer(screen, "connect forum/kopi as @kopi? [yes]:", "")
        assert ended(screen) == 0
        assert "can't be reached; that is meant" in screen.text
    assert settings(tmp_path)[0].token_reference is None and len(with_secret(tmp_path / "state", "akses-nomor-1")) == 1


def test_an_account_that_is_there_is_connected_anew_by_its_name(
    desk: Smdash, server: forum.Server, secret: Path, token: Path, tmp_path: Path
) -> None:
    desk.ok(*basics(server, secret), "--token-file", token)
    token.write_text("token-mati-1")
    with terminal(desk, "forum", "--name", "kopi") as screen:
        answer(screen, "the board, or nothing:", "")
        answer(screen, "type it anew? [yes]:", "")
        answer(screen, "the app's id (on the page of the app) [77]:", "")
        answer(screen, "the board, or nothing:", "")
        answer(screen, "number [1]:", "3")
        answer(screen, "number [1]:", "2")
        answer(screen, "the file with: the app's secret:", "/nowhere")
        answer(screen, "the file with: the app's secret:", str(secret))
        answer(screen, "the file with: the token:", str(kept(tmp_path / "new", TOKEN)))
        answer(screen, "connect forum/kopi as @kopi? [yes]:", "")
        assert ended(screen) == 0
        assert "there is no token file /nowhere" in screen.text
    (one,) = settings(tmp_path)
    assert one.token_file == str(tmp_path / "new") and one.database


def test_a_consent_that_ended_is_asked_for_once_more(
    desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path
) -> None:
    desk.ok(*basics(server, secret), "--consent", stdin=f"{server.code}\n")
    server.good.clear()
    with terminal(desk, "forum", "--name", "kopi") as screen:
        answer(screen, "type it anew? [yes]:", "")
        answer(screen, "the app's id (on the page of the app) [77]:", "")
        answer(screen, "the board, or nothing [7]:", "")
        answer(screen, "number [1]:", "1")
        answer(screen, "number [1]:", "1")
        answer(screen, "the app's secret (it is not shown):", server.secret)
        answer(screen, "the code, or the address:", server.code)
        answer(screen, "connect forum/kopi as @kopi? [yes]:", "")
        assert ended(screen) == 0
    assert settings(tmp_path)[0].token_reference is None and len(with_secret(tmp_path / "state", "akses-nomor-2")) == 1
    assert desk.ok("sync", "--once", "--json").json["new"] == 1


STEPS = [
    ("what the team calls the account:", "kopi"), ("the server's address", "URL"), ("the app's id (on the page", "77"),
    ("the board, or nothing:", ""), ("number [1]:", "3"), ("number [1]:", ""), ("the app's secret (it is not", "SECRET"),
    ("the token (it is not shown):", TOKEN), ("connect forum/kopi as @kopi? [yes]:", ""),
]  # fmt: skip


@pytest.mark.parametrize("step", range(len(STEPS)))
@pytest.mark.parametrize("how", ["^C", "^D", "TERM"])
def test_left_at_any_moment_nothing_is_written(
    desk: Smdash, server: forum.Server, tmp_path: Path, step: int, how: str
) -> None:
    with terminal(desk, "forum") as screen:
        for question, words in STEPS[:step]:
            answer(screen, question, words.replace("URL", server.url).replace("SECRET", server.secret))
        question = STEPS[step][0]
        asked(screen, question)
        # Python loses a signal that comes between the question and the read that waits for its answer.
        screen.until_state("S")
        if how == "TERM":
            screen.signal(signal.SIGTERM)
        else:
            screen.type({"^C": b"\x03", "^D": b"\x04"}[how])
        assert ended(screen) == (143 if how == "TERM" else 130)
        assert how == "TERM" or "left; nothing was written" in screen.text
        assert "Traceback" not in screen.text
    assert written(tmp_path) == []
    assert desk.ok("account", "list", "--json").json == []


def test_no_at_the_end_writes_nothing(desk: Smdash, server: forum.Server, secret: Path, tmp_path: Path) -> None:
    with terminal(desk, *basics(server, secret)[2:]) as screen:
        for question, words in (*STEPS[3:6], *STEPS[7:8], ("connect forum/kopi as @kopi? [yes]:", "no")):
            answer(screen, question, words)
        assert ended(screen) == 130
    assert written(tmp_path) == []


KILLED = """
import os, signal, sys
from pathlib import Path

point = int(sys.argv.pop(1))
seen = 0

def counted(name, work):
    def run(*args, **kwargs):
        global seen
        seen += 1
        if seen == point:
            os.kill(os.getpid(), getattr(signal, os.environ["HOW"]))
        return work(*args, **kwargs)
    return run

from smdash.settings import files, service
from smdash.store import teams
files.replace = counted("replace", files.replace)
os.fsync = counted("fsync", os.fsync)
Path.replace = counted("rename", Path.replace)
teams.put_account = counted("row", teams.put_account)
from smdash.cli import main
sys.argv[0] = "smdash"
sys.exit(main())
"""


@pytest.mark.parametrize("how", ["SIGKILL", "SIGTERM"])
def test_killed_while_it_writes_an_account_is_whole_or_not_there(
    desk: Smdash, server: forum.Server, tmp_path: Path, how: str
) -> None:
    words = [
        "--db", str(desk.db), "account", "add", "forum", "--name", "kopi", "--url", server.url, "--option", "client_id=77",
        "--secret-file", f"client_secret={kept(tmp_path / 'app-secret', server.secret)}", "--consent",
    ]  # fmt: skip
    script = kept(tmp_path / "killed.py", KILLED)
    import subprocess

    whole = 0
    for point in range(1, 9):
        done = subprocess.run(
            [sys.executable, script, str(point), *words], env=desk.env | {"HOW": how}, input=f"{server.code}\n".encode(),
            capture_output=True, timeout=60, check=False, cwd=os.getcwd(),
        )  # fmt: skip
        assert service.problems(tmp_path / "config" / "sync.toml") == ()
        assert b"Traceback" not in done.stderr, done.stderr
        for one in settings(tmp_path):
            whole += 1
            assert one.options == {"client_id": "77", "board": "7"} and len(one.secrets) == 1
            assert desk.ok("sync", "--once", "--json").json["ok"]
        if how != "SIGKILL":
            # What can be held off is: all of it is there.
            assert done.returncode == 0 and len(settings(tmp_path)) == 1
        if (tmp_path / "config" / "sync.toml").exists():
            (tmp_path / "config" / "sync.toml").unlink()
    assert whole >= 2


def test_mastodon_by_its_consent_page(smdash: Smdash, tmp_path: Path) -> None:
    from tests.contract.test_connect import Instance

    instance = Instance()
    try:
        with terminal(smdash, "mastodon", "--url", instance.url, "--no-check") as screen:
            answer(screen, "what the team calls the account:", "Kopi Senja")
            answer(screen, "number [1]:", "")
            answer(screen, "the code, or the address:", "kode-1")
            answer(screen, "connect mastodon/Kopi Senja as (not checked)? [yes]:", "")
            assert ended(screen) == 0
    finally:
        instance.http.shutdown()
        instance.http.server_close()
    (one,) = settings(tmp_path)
    # The token never changes, so that it is kept like one that a person made.
    file = Path(one.token_file)
    assert file.read_text() == "akses-mastodon-1\n" and file.stat().st_mode & 0o077 == 0
    assert file.name.startswith("secret-mastodon-kopi_senja.") and with_secret(tmp_path / "config", "akses") == []
