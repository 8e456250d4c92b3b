from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from infra.local.options import Options, WrongOption, read_options


def test_nothing_said_means_the_embedded_demo_with_all_of_the_public_mail() -> None:
    assert read_options({}) == Options(profile="embedded", mbox=None, limit=None, seed=1, port=None)
    assert read_options({"MBOX": "", "PROFILE": "", "SEED": "", "N": "", "PORT": ""}) == Options()


def test_everything_said_is_heard(tmp_path: Path) -> None:
    mbox = tmp_path / "mail.mbox.gz"
    mbox.write_bytes(gzip.compress(b"From a\n"))
    said = {"PROFILE": "emulators", "MBOX": str(mbox), "N": "12", "SEED": "7", "PORT": "9000"}
    assert read_options(said) == Options("emulators", mbox, 12, 7, 9000)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"PROFILE": "cloud"}, "PROFILE is 'cloud': give one of embedded, emulators."),
        ({"N": "many"}, "N is 'many': give a whole number."),
        ({"SEED": "-1"}, "SEED is '-1': give a whole number."),
        ({"PORT": "70000"}, "PORT is 70000: give one of 1 to 65535."),
        ({"MBOX": "/nowhere"}, "MBOX is '/nowhere', where there is no file"),
    ],
)
def test_a_wrong_option_is_told_in_one_line(said: dict[str, str], told: str) -> None:
    with pytest.raises(WrongOption) as wrong:
        read_options(said)
    assert str(wrong.value).startswith(told)
    assert "\n" not in str(wrong.value)


def test_a_file_that_is_no_mbox_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("Dear Sir or Madam")
    with pytest.raises(WrongOption, match="is no mbox"):
        read_options({"MBOX": str(tmp_path / "letter.txt")})


def test_other_mail_is_remembered_elsewhere() -> None:
    names = {Options().state_name(), Options(limit=5).state_name(), Options(seed=2).state_name()}
    assert len(names) == 3
    assert Options().state_name() == "embedded"
    assert Options("emulators").state_name() == "emulators"
