from pathlib import Path

import pytest

from infra.local.gmail_simulator.options import WrongOption, read_options


def test_every_option_has_a_default() -> None:
    options = read_options([])
    assert (options.port, options.account, options.name) == (8025, "ada.lovelace@example.com", "ada.lovelace")
    assert (options.units_per_minute, options.history_kept_ms) == (6_000, 7 * 86_400_000)
    assert options.redirect_uris == ()


def test_what_is_told_is_taken(tmp_path: Path) -> None:
    mail = tmp_path / "mail.mbox"
    mail.touch()
    words = [
        "--mbox",
        str(mail),
        "--limit",
        "5",
        "--redirect-uri",
        "http://a/",
        "--redirect-uri",
        "http://b/",
    ]
    options = read_options([*words, "--pubsub", "http://localhost:8086/", "--history-days", "0.5"])
    assert (options.mbox, options.limit) == (mail, 5)
    assert options.redirect_uris == ("http://a/", "http://b/")
    assert options.pubsub == "localhost:8086"
    assert options.history_kept_ms == 43_200_000


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--port", "65536"], "--port is 65536"),
        (["--port", "-1"], "--port is -1"),
        (["--account", "ada"], "--account is 'ada'"),
        (["--account", "a/b@example.com"], "--account is"),
        (["--mbox", "/nowhere.mbox"], "there is no file"),
        (["--limit", "-1"], "--limit is -1"),
        (["--units-per-minute", "-1"], "--units-per-minute is -1"),
        (["--history-days", "-1"], "--history-days is -1"),
        (["--push-endpoint", "localhost:1"], "--push-endpoint is 'localhost:1'"),
        (["--push-endpoint", "http://a/", "--pubsub", "b:1"], "one of them"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(words: list[str], told: str) -> None:
    with pytest.raises(WrongOption) as wrong:
        read_options(words)
    assert told in str(wrong.value)
    assert "\n" not in str(wrong.value)
