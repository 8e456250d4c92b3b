# The mail can be had again from Gmail, but not in a minute: it is kept seven days back and backed up. The wrapped
# data keys are neither, so that destroying one erases a mailbox everywhere, backups of the mail included.
locals {
  firestore_location = coalesce(var.firestore_location, var.region)
}

resource "google_firestore_database" "mail" {
  name                              = "(default)"
  location_id                       = local.firestore_location
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "PESSIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_ENABLED"
  delete_protection_state           = var.is_deletable ? "DELETE_PROTECTION_DISABLED" : "DELETE_PROTECTION_ENABLED"
  depends_on                        = [google_project_service.this]
}

resource "google_firestore_database" "keys" {
  name                              = "keys"
  location_id                       = local.firestore_location
  type                              = "FIRESTORE_NATIVE"
  concurrency_mode                  = "PESSIMISTIC"
  point_in_time_recovery_enablement = "POINT_IN_TIME_RECOVERY_DISABLED"
  delete_protection_state           = var.is_deletable ? "DELETE_PROTECTION_DISABLED" : "DELETE_PROTECTION_ENABLED"
  depends_on                        = [google_project_service.this]
}

resource "google_firestore_backup_schedule" "mail" {
  database  = google_firestore_database.mail.name
  retention = "604800s"
  daily_recurrence {}
}

# --- indexes: what a query needs, nothing else -------------------------------------------------------

locals {
  # Every collection, with the fields that queries filter or sort by (ascending), and the field that ends a
  # document's life.
  collections = {
    addresses     = { queried = ["mailbox_id"] }
    mailboxes     = {}
    sync          = { queried = ["due_at"] }
    full_syncs    = {}
    messages      = { queried = ["thread_id"], expires = "expires_at" }
    index         = { queried = ["t"] } # a map: its keys, the terms, inherit
    outstanding   = { queried = ["next_try"] }
    listed        = {}
    tokens        = {}
    sign_ins      = { expires = "expires_at" }
    rates         = { expires = "expires_at" }
    receipts      = { expires = "expires_at" }
    project_quota = { expires = "expires_at" }
  }
  queried = merge([for collection, kind in local.collections : {
    for field in try(kind.queried, []) : "${collection}.${field}" => { collection = collection, field = field }
  }]...)
}

resource "google_firestore_field" "exempt" {
  for_each   = local.collections
  database   = google_firestore_database.mail.name
  collection = each.key
  field      = "*"
  index_config {}
}

resource "google_firestore_field" "queried" {
  for_each   = local.queried
  database   = google_firestore_database.mail.name
  collection = each.value.collection
  field      = each.value.field
  index_config {
    indexes {
      order       = "ASCENDING"
      query_scope = "COLLECTION"
    }
  }
}

resource "google_firestore_field" "expires" {
  for_each   = { for collection, kind in local.collections : collection => kind.expires if can(kind.expires) }
  database   = google_firestore_database.mail.name
  collection = each.key
  field      = each.value
  ttl_config {}
  index_config {}
}

resource "google_firestore_field" "exempt_keys" {
  database   = google_firestore_database.keys.name
  collection = "keys"
  field      = "*"
  index_config {}
}
