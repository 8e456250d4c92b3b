"""What the links of a message lead to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail.links import KINDS, link_kinds

CASES = {
    "https://drive.google.com/file/d/1/view": {"drive"},
    "https://docs.google.com/document/d/1/edit": {"drive", "document"},
    'href="HTTPS://Docs.Google.com/a/example.com/spreadsheets/d/1"': {"drive", "spreadsheet"},
    "docs.google.com/spreadsheet/ccc?key=1": {"drive", "spreadsheet"},
    "<https://docs.google.com/presentation/d/1>": {"drive", "presentation"},
    "https://docs.google.com/forms/d/1": {"drive"},
    "https://www.youtube.com/watch?v=1": {"youtube"},
    "https://youtu.be/abc": {"youtube"},
    "https://m.youtube.com/shorts/abc": {"youtube"},
    "https://www.youtube-nocookie.com/embed/abc": {"youtube"},
    "follow us: https://www.youtube.com/channel/abc": set(),
    "https://notdrive.google.com/file docs.google.com.example.com/document": set(),
    "https://notyoutube.com/watch?v=1 myyoutu.be/abc": set(),
    "I saw it on youtube and in Google Drive": set(),
}


@pytest.mark.parametrize(("text", "expected"), CASES.items())
def test_a_text_links_to_these(text: str, expected: set[str]) -> None:
    assert set(link_kinds(text)) == expected


@given(st.text(st.sampled_from("docs.google.com/ayutbe://wfil-")))
def test_any_text_links_to_known_kinds_only(text: str) -> None:
    assert set(link_kinds(text)) <= set(KINDS)
