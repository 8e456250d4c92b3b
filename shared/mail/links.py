"""What the links of a message lead to: files in Google Drive, documents of each kind, videos."""

import re
from collections.abc import Iterator

KINDS = ("drive", "document", "spreadsheet", "presentation", "youtube")

_DRIVE = re.compile(r"(?<![\w.-])drive\.google\.com/[a-z]")
_DOCS = re.compile(
    r"(?<![\w.-])docs\.google\.com/(?:a/[\w.-]+/)?(?:(document|spreadsheet|presentation)|form|drawing|file)"
)
_VIDEO = re.compile(
    r"(?<![\w.-])(?:(?:www\.|m\.|music\.)?youtube(?:-nocookie)?\.com/(?:watch\b|shorts/|live/|embed/|v/)|youtu\.be/[\w-])"
)


def link_kinds(text: str) -> Iterator[str]:
    """Which of KINDS a text (plain or HTML) links to. Every document, sheet and slide lies in Drive."""
    text = text.lower()
    if "google.com/" in text:
        if _DRIVE.search(text):
            yield "drive"
        for kind in set(_DOCS.findall(text)):
            yield from ("drive", kind) if kind else ("drive",)
    if "youtu" in text and _VIDEO.search(text):
        yield "youtube"
