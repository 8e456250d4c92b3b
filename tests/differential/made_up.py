"""Messages of what the corpus has little of or nothing: each kind was read wrongly once, by one or both."""
# ruff: noqa: RUF001 - letters that look alike are what is tested

from __future__ import annotations

from collections.abc import Iterator

_PEOPLE = (
    ("Ann O'Lee", "ann.lee+shop@mail.example.com", "Bob Smith's office", "b.smith_sales@example.org"),
    ("第3課 田中", "tanaka@3d.example.jp", "A社の営業", "kei.a+b.c@example.jp"),
)
_SAID = (
    ("John Smith's contract", "Please sign John Smith’s contract, and James's, in the '90's. It's Ann's."),
    (
        "Invitation to bob@acme.com's calendar",
        "You may see bob@acme.com's calendar and INV-2024-001's items.",
    ),
    ("3月の請求書", "第3章はA社からiPhone版で10日に。3月 第3章 版"),
    ("3월의 보고서", "보고서는 3월 10일까지 A사에 보냅니다."),
    ("Acme™ Widget Pro™ release", "Introducing Widget Pro™2 by Acme℠. Счёт №123, договор № 45-7."),
    ("Re: e-mail follow-up", "The follow-up is INV-2024-001, by e-mail; main man, every Eve."),
)


def raw_messages() -> Iterator[bytes]:
    """Each text from each pair of people."""
    for said in _SAID:
        for people in _PEOPLE:
            yield _raw(*said, *people)


def _raw(subject: str, text: str, name: str, address: str, to_name: str, to_address: str) -> bytes:
    lines = (
        f'From: "{name}" <{address}>',
        f"To: {to_name} <{to_address}>",
        f"Delivered-To: {to_address}",
        f"Subject: {subject}",
        "Date: Mon, 2 Feb 2026 10:00:00 +0000",
        "Content-Type: text/plain; charset=utf-8",
        "",
        text,
    )
    return "\r\n".join(lines).encode()
