"""The key file: made once, whole, for its owner's eyes."""

import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from shared.adapters.key_file import KeyFile
from shared.errors import Unreadable


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    KeyFile(tmp_path / "keys.json")
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600


def test_it_is_made_once_with_its_folder_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keys.json"
    first, second = KeyFile(path), KeyFile(path)
    assert first.name_key() == second.name_key()
    assert first.session_keys() == second.session_keys()
    assert [each.name for each in path.parent.iterdir()] == ["keys.json"]


def test_processes_that_begin_at_once_end_with_one_file(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from shared.adapters.key_file import KeyFile; "
        "sys.stdin.readline(); print(KeyFile(pathlib.Path(sys.argv[1])).name_key().hex())"
    )
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "keys.json")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(3)
    ]
    for racer in racers:
        assert racer.stdin
        racer.stdin.write("go\n")
        racer.stdin.flush()
    keys = {racer.communicate()[0].strip() for racer in racers}
    assert keys == {KeyFile(tmp_path / "keys.json").name_key().hex()}


def test_whoever_comes_second_takes_the_first_ones_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "keys.json"
    first = KeyFile(path)
    monkeypatch.setattr(Path, "exists", lambda _: False)  # the second looked before the first had written
    assert KeyFile(path).name_key() == first.name_key()
    assert [each.name for each in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", '{"content": 1}', '{"content": "?", "tokens": "?", "names": "?", "session": ""}'],
)
def test_a_file_that_is_no_key_file_is_named_and_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "keys.json"
    path.write_text(content)
    with pytest.raises(Unreadable, match=r"keys\.json"):
        KeyFile(path)
    assert path.read_text() == content


def test_a_key_of_the_wrong_size_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    KeyFile(path)
    keys = json.loads(path.read_text())
    path.write_text(json.dumps({**keys, "tokens": "AAAA"}))
    with pytest.raises(Unreadable, match="wrong size"):
        KeyFile(path)
