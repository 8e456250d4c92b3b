"""The headers that every answer carries: what a browser may do with it."""

from __future__ import annotations

from flask import Response

from shared import bootstrap

_PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "private, no-store",
}


def secured(answer: Response) -> Response:
    """The answer with every header that it does not have already."""
    is_page = answer.mimetype == "text/html"
    answer.headers.setdefault("Content-Security-Policy", _PAGE_POLICY if is_page else _DATA_POLICY)
    for name, value in _HEADERS.items():
        answer.headers.setdefault(name, value)
    if public_url().startswith("https:"):
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    return answer


def public_url() -> str:
    """Empty, which makes links relative, where not even the settings can be read."""
    try:
        return bootstrap.settings().public_url
    except Exception:  # noqa: BLE001 - we are telling of an error already
        return ""
