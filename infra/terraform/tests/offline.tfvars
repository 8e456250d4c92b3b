# Invented values, for checks that reach no cloud.
project         = "mailbox-offline"
image           = "us-central1-docker.pkg.dev/mailbox-offline/mailbox/doors:checked"
public_url      = "https://mailbox.example.com"
oauth_client_id = "1234567890-offline.apps.googleusercontent.com"
alert_email     = "operator@example.com"
billing_account = "0A1B2C-3D4E5F-678901"
runbook_url     = "https://example.com/docs/operations.md"
