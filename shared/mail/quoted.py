"""Where a message's own words end, and what it quotes, passes on or signs with begins."""

import re

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


def split_quoted(text: str) -> tuple[str, str]:
    """The sender's own words, and the rest: quoted lines wherever they stand, older messages, the signature.

    Each line of the text is in one of the two. Where nothing would be the sender's own, as in a message that
    was only passed on, everything is.
    """
    found = _REST.search(text)
    end = len(text) if found is None else found.start()
    own = _LINE.sub("", text[:end])
    if not own.strip():
        return text, ""
    return own, "".join(_LINE.findall(text[:end])) + text[end:]
