# One Cloud Run function a door: the same image, another FUNCTION_TARGET.
locals {
  environment = merge(var.limits, {
    PROFILE         = "cloud"
    PROJECT         = var.project
    PUBLIC_URL      = var.public_url
    OAUTH_CLIENT_ID = var.oauth_client_id
    GMAIL_TOPIC     = google_pubsub_topic.events["gmail"].id
    SYNC_TOPIC      = google_pubsub_topic.events["sync"].id
    KEYS_DATABASE   = google_firestore_database.keys.name
    CONTENT_KEY     = local.key_names["content"]
    TOKENS_KEY      = local.key_names["tokens"]
  })
  secrets = {
    client  = { id = "oauth-client-secret", variable = "OAUTH_CLIENT_SECRET" }
    session = { id = "session-key", variable = "SESSION_KEY" }
    name    = { id = "name-key", variable = "NAME_KEY" }
  }
  withheld = {
    for family, may in local.families :
    family => join(",", [for name, secret in local.secrets : secret.variable if !contains(may.secrets, name)])
  }
}

resource "google_cloud_run_v2_service" "door" {
  for_each            = local.open_doors
  name                = local.services_of_doors[each.key]
  location            = var.region
  description         = "Door ${each.key} of main.py"
  deletion_protection = !var.is_deletable

  # Pub/Sub and Cloud Scheduler of this project count as internal; API Gateway does not.
  ingress = each.value.called_by == "gateway" ? "INGRESS_TRAFFIC_ALL" : "INGRESS_TRAFFIC_INTERNAL_ONLY"
  labels  = { family = each.value.family }

  template {
    service_account                  = google_service_account.family[each.value.family].email
    timeout                          = "${local.sizes[each.value.family].timeout}s"
    max_instance_request_concurrency = local.sizes[each.value.family].concurrency
    execution_environment            = "EXECUTION_ENVIRONMENT_GEN2"

    scaling {
      min_instance_count = local.sizes[each.value.family].min_instances
      max_instance_count = local.sizes[each.value.family].max_instances
    }

    containers {
      image = var.image

      resources {
        limits = {
          cpu    = local.sizes[each.value.family].cpu
          memory = local.sizes[each.value.family].memory
        }
        cpu_idle          = true
        startup_cpu_boost = true
      }

      # A revision that cannot read its settings never gets traffic.
      startup_probe {
        period_seconds    = 2
        timeout_seconds   = 2
        failure_threshold = 30
        http_get {
          path = "/healthz"
        }
      }

      dynamic "env" {
        for_each = merge(
          local.environment,
          {
            FUNCTION_TARGET      = each.key
            PUSH_AUDIENCE        = local.urls[each.key]
            PUSH_SERVICE_ACCOUNT = google_service_account.caller[each.value.called_by].email
            THREADS              = local.sizes[each.value.family].concurrency # untold: four for each CPU
          },
          local.withheld[each.value.family] == "" ? {} : { WITHHELD = local.withheld[each.value.family] },
        )
        content {
          name  = env.key
          value = env.value
        }
      }
      dynamic "env" {
        for_each = { for name in local.families[each.value.family].secrets : name => local.secrets[name] }
        content {
          name = env.value.variable
          value_source {
            secret_key_ref {
              secret  = google_secret_manager_secret.this[env.value.id].secret_id
              version = "latest"
            }
          }
        }
      }
    }
  }

  # cloudbuild.yaml deploys new images and moves the traffic.
  lifecycle {
    ignore_changes = [client, client_version, template[0].containers[0].image, template[0].revision, traffic]
  }

  depends_on = [google_kms_crypto_key.this, google_secret_manager_secret_iam_member.reader, google_project_service.this]
}
