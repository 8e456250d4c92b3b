"""Google's OAuth and OpenID Connect: consent, ID tokens, and who may call our push doors."""

from shared.adapters.google_oauth.callers import GoogleCallers, LoopbackCallers
from shared.adapters.google_oauth.consent import GoogleConsent
from shared.adapters.google_oauth.security_events import GoogleSecurityEvents

__all__ = ["GoogleCallers", "GoogleConsent", "GoogleSecurityEvents", "LoopbackCallers"]
