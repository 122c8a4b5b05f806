"""How people of networks are named in lists."""

import pytest

from smdash.core.networks import author


@pytest.mark.parametrize(
    ("handle", "name", "shown"),
    [
        ("rina_s", "Rina", ("rina_s", "@")), ("@rina@kopi.example", "Rina", ("@rina@kopi.example", "")),
        ("+6281200000001", "Rina", ("+6281200000001", "")), ("7001", "Rina Sari", ("Rina Sari", "")),
        ("7001", "", ("7001", "@")), ("unknown:9_1", "orang tak dikenal", ("orang tak dikenal", "")), ("", "", ("", "")),
    ],
)  # fmt: skip
def test_people_are_called_by_what_they_are_known_by(handle: str, name: str, shown: tuple[str, str]) -> None:
    assert author(handle, name) == shown
