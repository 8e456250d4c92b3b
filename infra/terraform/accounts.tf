# Who acts: one service account a family of doors, one for each kind of caller, one for the deployment.
resource "google_service_account" "family" {
  for_each     = local.families
  account_id   = "mailbox-${each.key}"
  display_name = "Doors of ${each.key}"
}

resource "google_service_account" "caller" {
  for_each     = toset(["gateway", "pusher", "scheduler"])
  account_id   = "mailbox-${each.key}"
  display_name = "Calls doors as the ${each.key}"
}

resource "google_service_account" "deployer" {
  account_id   = "mailbox-deployer"
  display_name = "Builds the doors and deploys them"
}

# Pub/Sub's own account, which pushes with our pusher's tokens and fills the dead letters.
resource "google_project_service_identity" "pubsub" {
  provider   = google-beta
  service    = "pubsub.googleapis.com"
  depends_on = [google_project_service.this]
}

locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
  family_members = {
    for family in keys(local.families) : family => "serviceAccount:${google_service_account.family[family].email}"
  }
}
