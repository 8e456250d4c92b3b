# Who may what, nothing of it on the whole project but what has a condition or no narrower place.

# --- doors: each may be called by one account, and by nobody else ---------------------------------

resource "google_cloud_run_v2_service_iam_member" "caller" {
  for_each = local.open_doors
  name     = google_cloud_run_v2_service.door[each.key].name
  location = var.region
  role     = "roles/run.invoker"
  member   = "serviceAccount:${google_service_account.caller[each.value.called_by].email}"
}

# --- databases: the mail for all, the wrapped data keys for those that open or make some -------------

locals {
  database_users = merge(
    { for family in keys(local.families) : "${family} mail" => {
      family = family, database = google_firestore_database.mail.name, role = "roles/datastore.user"
    } },
    { for family, may in local.families : "${family} keys" => {
      family = family, database = google_firestore_database.keys.name,
      role   = may.keys == "write" ? "roles/datastore.user" : "roles/datastore.viewer"
    } if may.keys != "none" },
  )
}

resource "google_project_iam_member" "database" {
  for_each = local.database_users
  project  = var.project
  role     = each.value.role
  member   = local.family_members[each.value.family]

  condition {
    title      = "only database ${each.value.database}"
    expression = "resource.name == \"projects/${var.project}/databases/${each.value.database}\""
  }
}

# --- keys: who may close and who may open ------------------------------------------------------------

locals {
  key_roles = {
    both    = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
    encrypt = "roles/cloudkms.cryptoKeyEncrypter"
    decrypt = "roles/cloudkms.cryptoKeyDecrypter"
  }
  key_users = {
    for use in flatten([
      for family, may in local.families : [
        for key in ["content", "tokens"] : { family = family, key = key, use = may[key] } if may[key] != "none"
      ]
    ]) : "${use.family} ${use.key}" => use
  }
}

resource "google_kms_crypto_key_iam_member" "user" {
  for_each      = local.key_users
  crypto_key_id = google_kms_crypto_key.this[each.value.key].id
  role          = local.key_roles[each.value.use]
  member        = local.family_members[each.value.family]
}

# --- secrets -------------------------------------------------------------------------------------------

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = {
    for use in flatten([
      for family, may in local.families : [for name in may.secrets : { family = family, secret = local.secrets[name].id }]
    ]) : "${use.family} ${use.secret}" => use
  }
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.family_members[each.value.family]
}

# --- queues ---------------------------------------------------------------------------------------------

resource "google_pubsub_topic_iam_member" "requester" {
  for_each = { for family, may in local.families : family => may if may.requests }
  topic    = google_pubsub_topic.events["sync"].name
  role     = "roles/pubsub.publisher"
  member   = local.family_members[each.key]
}

# Gmail itself. Refused where the organisation allows its own domain only: docs/operations.md says what then.
resource "google_pubsub_topic_iam_member" "gmail" {
  topic  = google_pubsub_topic.events["gmail"].name
  role   = "roles/pubsub.publisher"
  member = "serviceAccount:gmail-api-push@system.gserviceaccount.com"
}

# Pub/Sub moves an event to the dead letters only if it may publish there and take it off the subscription.
resource "google_pubsub_topic_iam_member" "dead_letters" {
  for_each   = google_pubsub_topic.dead
  topic      = each.value.name
  role       = "roles/pubsub.publisher"
  member     = local.pubsub_agent
  depends_on = [google_project_service_identity.pubsub]
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each     = google_pubsub_subscription.push
  subscription = each.value.name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
  depends_on   = [google_project_service_identity.pubsub]
}

resource "google_service_account_iam_member" "tokens_of_pusher" {
  service_account_id = google_service_account.caller["pusher"].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = local.pubsub_agent
  depends_on         = [google_project_service_identity.pubsub]
}

# --- the deployment: builds, pushes the image, moves the doors to it ---------------------------------

resource "google_project_iam_member" "deployer" {
  for_each = toset(["roles/logging.logWriter", "roles/logging.viewer", "roles/run.developer"])
  project  = var.project
  role     = each.key
  member   = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_artifact_registry_repository_iam_member" "deployer" {
  repository = google_artifact_registry_repository.images.name
  location   = var.region
  role       = "roles/artifactregistry.writer"
  member     = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_storage_bucket_iam_member" "deployer" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = "serviceAccount:${google_service_account.deployer.email}"
}

resource "google_service_account_iam_member" "deployer_acts_as" {
  for_each           = google_service_account.family
  service_account_id = each.value.name
  role               = "roles/iam.serviceAccountUser"
  member             = "serviceAccount:${google_service_account.deployer.email}"
}
