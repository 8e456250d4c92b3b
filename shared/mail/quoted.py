"""Where a message's own words end, and what it quotes, passes on or signs with begins."""

import re
from collections.abc import Iterator, Sequence

# What stands above a quoted message, in the commonest languages. Lengths are bounded: mail may be hostile.
_WROTE = r"(?:wrote|writes|schrieb|écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał)"
_ATTRIBUTION = (
    rf"(?:(?:On|Am|Le|El|Il|Em|Op|Den|W dniu)[ ][^\n]{{0,200}}\n?[^\n]{{0,100}}{_WROTE}[^\n]{{0,100}}:"
    rf"|[^\n>]{{1,100}}[ ]{_WROTE}:)[ ]*"
)
_SEPARATOR = (
    r"-{2,}[ ]*(?:Original Message|Forwarded message|Forwarded by[^\n]{0,100}|Ursprüngliche Nachricht"
    r"|Message d'origine|Mensaje original|Messaggio originale|Mensagem original)[ ]*-{2,}[ ]*"
)
_HEADERS = (  # of Outlook's quotes
    r"\*?(?:From|Von|De|Da|Van)[ ]?:[^\n]{1,300}\n"
    r"\*?(?:Sent|Date|To|Gesendet|Datum|Envoyé|Enviado|Inviato|Verzonden)[ ]?:[^\n]*"
)
_SIGNATURE = r"--[ ]?"  # RFC 3676, section 4.3

_LINE = re.compile(rf"(?:^{_ATTRIBUTION}\n\s{{0,50}})?^>[^\n]*\n?", re.MULTILINE)
_REST = re.compile(
    rf"^(?:{_ATTRIBUTION}$(?!\s{{0,50}}^>)|(?:{_SEPARATOR}|{_HEADERS}|{_SIGNATURE})$)", re.MULTILINE
)


Span = tuple[int, int]


def quoted_spans(text: str) -> tuple[Span, ...]:
    """Where text is not the sender's own: quoted lines wherever they stand, older messages, the signature.

    Whole lines, in order; no two touch. Where nothing would be the sender's own, as in a message that was
    only passed on, everything is.
    """
    rest = _REST.search(text)
    end = len(text) if rest is None else rest.start()
    found: list[Span] = []
    for begin, stop in [*(line.span() for line in _LINE.finditer(text[:end])), (end, len(text))]:
        if found and found[-1][1] == begin:
            found[-1] = (found[-1][0], stop)
        elif begin < stop:
            found.append((begin, stop))
    return tuple(found) if "".join(_between(text, found)).strip() else ()


def split_quoted(text: str) -> tuple[str, str]:
    """The sender's own words, and the rest (see quoted_spans). Each line of the text is in one of the two."""
    spans = quoted_spans(text)
    return "".join(_between(text, spans)), "".join(text[begin:end] for begin, end in spans)


def _between(text: str, spans: Sequence[Span]) -> Iterator[str]:
    """What is in none of the spans."""
    after = 0
    for begin, end in spans:
        yield text[after:begin]
        after = end
    yield text[after:]
