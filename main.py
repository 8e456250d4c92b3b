"""The doors: every name that Google, a browser or a program may call, and nothing else."""

from functions.accounts.entry import (
    change_settings,
    erase_mailbox,
    exchange_code,
    oauth_callback,
    read_receipt,
    receive_security_event,
    renew_session,
    session_keys,
    sign_in,
    sign_out,
)
from functions.search.entry import (
    mailbox_status,
    read_attachment,
    read_html,
    read_mail,
    read_original,
    read_thread,
    search_mails,
    suggestions,
)
from functions.sync.entry import on_gmail_notification, on_sync_requested, retry_parked, sweep
from functions.web.entry import mails_page

__all__ = [
    "change_settings",
    "erase_mailbox",
    "exchange_code",
    "mailbox_status",
    "mails_page",
    "oauth_callback",
    "on_gmail_notification",
    "on_sync_requested",
    "read_attachment",
    "read_html",
    "read_mail",
    "read_original",
    "read_receipt",
    "read_thread",
    "receive_security_event",
    "renew_session",
    "retry_parked",
    "search_mails",
    "session_keys",
    "sign_in",
    "sign_out",
    "suggestions",
    "sweep",
]
