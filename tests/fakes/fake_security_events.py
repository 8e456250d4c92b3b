"""Security events in memory."""

from dataclasses import dataclass, field

from shared.errors import NotSignedIn
from shared.ports.security_events import SecurityEvent


@dataclass
class FakeSecurityEvents:
    """`signed`: what Google signed, by token."""

    signed: dict[str, tuple[SecurityEvent, ...]] = field(default_factory=dict)

    def verify(self, token: str) -> tuple[SecurityEvent, ...]:
        if token not in self.signed:
            raise NotSignedIn
        return self.signed[token]
