# Two topics: Gmail publishes to the first, the doors to the second. Each is pushed to one door.
locals {
  topics = { for door, kind in local.doors : kind.topic => door if kind.called_by == "pusher" }
}

resource "google_pubsub_topic" "events" {
  for_each   = local.topics
  name       = each.key
  depends_on = [google_project_service.this]
}

resource "google_pubsub_subscription" "push" {
  for_each                   = { for topic, door in local.topics : topic => door if local.are_doors_open }
  name                       = "${each.key}-push"
  topic                      = google_pubsub_topic.events[each.key].id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never, however quiet it is
  }

  push_config {
    push_endpoint = "${local.urls[each.value]}/${google_pubsub_topic.events[each.key].id}"
    oidc_token {
      service_account_email = google_service_account.caller["pusher"].email
      audience              = local.urls[each.value]
    }
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead[each.key].id
    max_delivery_attempts = var.max_delivery_attempts
  }

  depends_on = [google_cloud_run_v2_service_iam_member.caller, google_pubsub_topic_iam_member.dead_letters]
}

resource "google_pubsub_topic" "dead" {
  for_each   = local.topics
  name       = "${each.key}-dead"
  depends_on = [google_project_service.this]
}

resource "google_pubsub_subscription" "dead" {
  for_each                   = local.topics
  name                       = "${each.key}-dead"
  topic                      = google_pubsub_topic.dead[each.key].id
  ack_deadline_seconds       = 60
  message_retention_duration = "2678400s"

  expiration_policy {
    ttl = ""
  }
}
