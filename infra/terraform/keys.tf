# The master keys: one around the mailboxes' data keys, one around the owners' OAuth tokens.
resource "google_kms_key_ring" "this" {
  name       = "mailbox"
  location   = var.region
  depends_on = [google_project_service.this]
}

locals {
  master_keys = toset(["content", "tokens"])
  key_names = {
    for key in local.master_keys :
    key => "projects/${var.project}/locations/${var.region}/keyRings/${google_kms_key_ring.this.name}/cryptoKeys/${key}"
  }
}

resource "google_kms_crypto_key" "this" {
  for_each                   = local.master_keys
  name                       = each.key
  key_ring                   = google_kms_key_ring.this.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "7776000s" # 90 days; older versions still open what they closed
  destroy_scheduled_duration = "2592000s" # 30 days to regret it

  lifecycle {
    prevent_destroy = true # with it every mailbox would be unreadable
  }
}
