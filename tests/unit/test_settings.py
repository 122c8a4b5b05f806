"""The two settings files: every problem at once with its line and key, and secrets for the owner's eyes only."""

import os
import stat
import threading
from pathlib import Path

import pytest
import tomlkit

from smdash.core.errors import SettingsError
from smdash.settings import member, paths, service
from smdash.settings.service import AccountSettings


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def write(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def problems(file: Path) -> list[str]:
    return [problem.replace(f"{file}", "FILE") for problem in service.problems(file)]


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


GOOD = """\
private_hosts = ["127.0.0.1", "nas.local"]
feed_interval_s = 600
contact = "desk@kopi.example"

[[account]]
platform = "mastodon"
name = "kopi"
url = "https://mastodon.example"
token = "rahasia"
interval_s = 30

[[account]]
platform = "mastodon"
name = "teh"
token_file = "/nowhere/token"
database = "abc"
"""


def test_a_good_file_is_read(file: Path) -> None:
    found = service.read(write(file, GOOD))
    assert found.private_hosts == {"127.0.0.1", "nas.local"}
    assert (found.feed_interval_s, found.contact) == (600, "desk@kopi.example")
    assert [(one.name, one.interval_s, one.database) for one in found.accounts] == [
        ("kopi", 30, ""),
        ("teh", None, "abc"),
    ]
    assert found.accounts[0].secret() == "rahasia"


def test_no_file_means_no_accounts(file: Path) -> None:
    assert service.read(file) == service.ServiceSettings()


def test_every_problem_is_reported_at_once_with_its_line_and_key(file: Path) -> None:
    write(
        file,
        """\
private_hosts = "127.0.0.1"
feed_interval_s = 5
contakt = "x"

[[account]]
platform = "mastodon"
name = "kopi"

[[account]]
platform = 3
interval_s = "often"
tokn = "rahasia"
interval = 4

[[account]]
name = "teh"
interval_s = 1
""",
    )
    found = problems(file)
    expected = [
        "FILE:1: private_hosts: expected a list",
        "FILE:2: feed_interval_s: expected 15 or more",
        "FILE:3: contakt: unknown key",
        "FILE:10: account.platform: expected text",
        "FILE:9: account.name: expected text",
        "FILE:11: account.interval_s: expected a whole number",
        "FILE:12: account.tokn: unknown key",
        "FILE:13: account.interval: unknown key",
        "FILE:15: account.platform: expected text",
        "FILE:17: account.interval_s: expected 15 or more",
    ]
    for line in expected:
        assert any(problem.startswith(line) for problem in found), (line, found)
    assert len(found) == len(expected)


def test_a_problem_never_quotes_a_secret(file: Path) -> None:
    write(file, '[[account]]\nplatform = "mastodon"\nname = "k"\ntokn = "rahasia"\ntoken = 5\n')
    assert "rahasia" not in "\n".join(problems(file))


@pytest.mark.parametrize("text", ["account = 3", 'account = ["kopi"]', 'account = "kopi"', "[account]\nplatform = 'x'"])
def test_accounts_of_the_wrong_shape_say_what_is_expected(file: Path, text: str) -> None:
    (found,) = problems(write(file, text))
    assert found.startswith("FILE:1: account: expected ")


@pytest.mark.parametrize("hosts", ["[1]", '["a", true]', "[[]]"])
def test_hosts_must_be_text(file: Path, hosts: str) -> None:
    assert problems(write(file, f"private_hosts = {hosts}")) == ["FILE:1: private_hosts: expected a list of host names"]


@pytest.mark.parametrize(
    ("text", "line"), [("token = ", 1), ("[[account]", 1), ('\nname = "a" "b"', 2), ("contact = 'a'\ncontact = 'b'", 2)]
)
def test_broken_toml_names_the_file_and_line_in_plain_words(file: Path, text: str, line: int) -> None:
    (found,) = problems(write(file, text))
    assert found.startswith(f"FILE:{line}: ") and "column" not in found


def test_one_bad_account_leaves_the_others_whole(file: Path) -> None:
    write(
        file,
        GOOD + '\n[[account]]\nplatform = "bluesky"\nname = "rusak"\ntoken = rahasia\nurl = "https://b.example"\n'
        '\n[[account]]\nplatform = "mastodon"\nname = "susu"\nintervall_s = 60\n',
    )
    found = service.read(file)
    assert [one.name for one in found.accounts] == ["kopi", "teh", "susu"]
    assert [one.problem != "" for one in found.accounts] == [False, False, True]
    assert found.accounts[0].secret() == "rahasia"
    with pytest.raises(SettingsError, match="did you mean interval_s"):
        found.accounts[2].secret()
    assert [problem.split(": ")[0] for problem in problems(file)] == ["FILE:21", "FILE:27"]
    assert len(found.loose) == 1 and "rahasia" not in str(found.problems)


@pytest.mark.parametrize("head", ["[[account]", "account]]", "account", "[[account"])
def test_no_account_gets_the_token_of_one_whose_head_is_broken(file: Path, head: str) -> None:
    write(
        file,
        f'[[account]]\nplatform = "mastodon"\nname = "kopi"\nurl = "https://kopi.example"\n\n{head}\n'
        'platform = "mastodon"\nname = "teh"\ntoken_file = "/secret/of/teh"\n',
    )
    found = service.read(file)
    assert found.problems and not any(one.token_file for one in found.accounts)


def test_an_account_that_is_there_twice_counts_once(file: Path) -> None:
    one = '[[account]]\nplatform = "mastodon"\nname = "kopi"\n'
    found = service.read(write(file, one + one))
    assert len(found.accounts) == 1 and "mastodon/kopi is there twice" in found.loose[0]


def test_a_file_that_is_not_text_says_so(file: Path) -> None:
    file.parent.mkdir(parents=True)
    file.write_bytes(b"\xff\xfe\x00")
    assert problems(file) == ["FILE is not UTF-8 text"]


def test_a_folder_in_its_place_says_so(file: Path) -> None:
    file.mkdir(parents=True)
    (found,) = problems(file)
    assert found.startswith("can't read FILE: ")


def test_true_is_not_a_number(file: Path) -> None:
    assert problems(write(file, "feed_interval_s = true")) == ["FILE:1: feed_interval_s: expected a whole number"]


def test_a_secret_is_in_no_repr() -> None:
    assert "rahasia" not in repr(AccountSettings("mastodon", "kopi", token="rahasia"))


def test_an_account_is_added_for_its_owner_alone(file: Path) -> None:
    service.add_account(AccountSettings("mastodon", "kopi", "https://m.example", token="rahasia"), file)
    assert mode(file) == 0o600
    assert mode(file.parent) == 0o700
    assert service.read(file).accounts == (AccountSettings("mastodon", "kopi", "https://m.example", token="rahasia"),)


def test_a_file_that_others_could_read_is_closed_when_it_is_written(file: Path) -> None:
    write(file, GOOD).chmod(0o644)
    service.add_account(AccountSettings("mastodon", "susu"), file)
    assert mode(file) == 0o600


def test_the_umask_does_not_open_the_file(file: Path) -> None:
    before = os.umask(0)
    try:
        service.add_account(AccountSettings("mastodon", "kopi"), file)
    finally:
        os.umask(before)
    assert mode(file) == 0o600


def test_adding_keeps_what_a_person_wrote(file: Path) -> None:
    write(file, "# our accounts\n" + GOOD)
    service.add_account(AccountSettings("mastodon", "susu", "https://s.example"), file)
    text = file.read_text()
    assert text.startswith("# our accounts\n") and 'contact = "desk@kopi.example"' in text
    assert [one.name for one in service.read(file).accounts] == ["kopi", "teh", "susu"]


def test_adding_an_account_again_brings_it_up_to_date(file: Path) -> None:
    write(file, GOOD)
    service.add_account(AccountSettings("mastodon", "kopi", "https://new.example", token_file="/t"), file)
    kopi, _teh = service.read(file).accounts
    assert (kopi.url, kopi.token, kopi.token_file, kopi.interval_s) == ("https://new.example", "", "/t", 30)


def test_the_same_name_for_another_database_is_another_account(file: Path) -> None:
    write(file, GOOD)
    service.add_account(AccountSettings("mastodon", "teh", database="xyz"), file)
    assert [(one.name, one.database) for one in service.read(file).accounts] == [
        ("kopi", ""),
        ("teh", "abc"),
        ("teh", "xyz"),
    ]


def test_a_broken_file_is_not_overwritten(file: Path) -> None:
    write(file, "nonsense = ")
    with pytest.raises(SettingsError):
        service.add_account(AccountSettings("mastodon", "kopi"), file)
    assert file.read_text() == "nonsense = "


def test_nothing_is_left_behind_beside_the_file(file: Path) -> None:
    service.add_account(AccountSettings("mastodon", "kopi"), file)
    service.allow_private_host("nas.local", file)
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_private_host_is_allowed_once_and_above_the_tables(file: Path) -> None:
    write(file, '[[account]]\nplatform = "mastodon"\nname = "kopi"\n')
    service.allow_private_host("127.0.0.1", file)
    service.allow_private_host("127.0.0.1", file)
    assert service.read(file).private_hosts == {"127.0.0.1"}
    assert tomlkit.parse(file.read_text())["private_hosts"] == ["127.0.0.1"]
    assert service.read(file).accounts[0].name == "kopi"


def test_a_reader_never_sees_half_a_file(file: Path) -> None:
    write(file, GOOD)
    stop = threading.Event()
    seen: list[Exception] = []

    def look() -> None:
        while not stop.is_set():
            try:
                assert len(service.read(file).accounts) >= 2
            except Exception as problem:
                seen.append(problem)
                return

    thread = threading.Thread(target=look)
    thread.start()
    for number in range(20):
        service.add_account(AccountSettings("mastodon", f"a{number}"), file)
    stop.set()
    thread.join()
    assert not seen


def test_a_token_file_is_read_anew_each_time(tmp_path: Path) -> None:
    token = tmp_path / "token"
    one = AccountSettings("mastodon", "kopi", token_file=str(token))
    token.write_text("pertama\n")
    assert one.secret() == "pertama"
    token.write_text("  kedua  \n\n")
    assert one.secret() == "kedua"


@pytest.mark.parametrize("content", [b"", b"\n", b"two words", b"one\ntwo", b"a\x1bb", b"a\x00b"])
def test_a_token_file_must_hold_the_token_alone(tmp_path: Path, content: bytes) -> None:
    token = tmp_path / "token"
    token.write_bytes(content)
    with pytest.raises(SettingsError, match="must hold the token alone") as caught:
        service.read_token(token)
    assert "two" not in str(caught.value)


def test_a_token_file_that_is_missing_a_folder_or_not_text_says_so(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for path, words in ((tmp_path / "none", "no token file"), (tmp_path, "can't read"), (binary, "not text")):
        with pytest.raises(SettingsError, match=words):
            service.read_token(path)


def test_who_may_read_a_token(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("x")
    for bits, others in ((0o600, False), (0o640, True), (0o604, True), (0o400, False)):
        token.chmod(bits)
        assert service.readable_by_others(token) is others
    assert not service.readable_by_others(tmp_path / "none")


def test_a_members_own_settings(file: Path) -> None:
    write(file, 'database = "/srv/desk.db"\ntheme = "senja"\nlanguage = "id"\nplain = true\n')
    found = member.read(file)
    assert (found.database, found.theme, found.language, found.plain) == ("/srv/desk.db", "senja", "id", True)
    assert found.problems == ()


def test_a_bad_key_of_a_member_is_reported_and_the_rest_counts(file: Path) -> None:
    write(file, 'database = "/srv/desk.db"\nlanguage = "fr"\n\nplain = 1\ncolour = "red"\n')
    found = member.read(file)
    assert (found.database, found.language, found.plain) == ("/srv/desk.db", None, False)
    assert [problem.replace(str(file), "FILE") for problem in found.problems] == [
        "FILE:4: plain: expected true or false",
        "FILE:2: language: expected one of en, id",
        "FILE:5: colour: unknown key; known: bandwidth, color, database, emoji, language, mouse, plain, theme, title",
    ]


def test_a_broken_line_of_a_member_is_reported_and_the_rest_counts(file: Path) -> None:
    write(file, 'theme = senja\nplain = true\nplain = false\n[keys\nx = "y"\n')
    found = member.read(file)
    assert (found.theme, found.plain, found.database_lost) == (None, True, False)
    assert [problem.replace(str(file), "FILE").split(": ")[0] for problem in found.problems] == [
        "FILE:1",
        "FILE:3",
        "FILE:4",
    ]


@pytest.mark.parametrize("text", ["database = /srv/desk.db", "database = 3", 'databse = "/srv/desk.db"'])
def test_a_database_that_may_have_been_meant_is_not_replaced_by_another(file: Path, text: str) -> None:
    assert member.read(write(file, text)).database_lost
    assert not member.read(write(file, "theem = 'dark'")).database_lost


def test_a_member_file_that_cannot_be_read_is_reported(file: Path) -> None:
    file.mkdir(parents=True)
    found = member.read(file)
    assert found.database_lost and "can't read" in found.problems[0]


def test_where_the_files_lie(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("SMDASH_CONFIG_DIR", "SMDASH_STATE_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.config_dir() == tmp_path / ".config/smdash"
    assert paths.state_dir() == tmp_path / ".local/state/smdash"
    assert paths.default_database() == tmp_path / ".local/share/smdash/smdash.db"
    monkeypatch.setenv("XDG_CONFIG_HOME", "/etc/xdg-home")
    assert paths.config_dir() == Path("/etc/xdg-home/smdash")
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative/is/passed/over")
    assert paths.config_dir() == tmp_path / ".config/smdash"
    monkeypatch.setenv("SMDASH_CONFIG_DIR", "/moved")
    monkeypatch.setenv("SMDASH_STATE_DIR", "/state")
    assert (paths.config_dir(), paths.state_dir()) == (Path("/moved"), Path("/state"))
