# The way in for people and programs, by the OpenAPI file that the local gateway routes by too.
locals {
  gateway_region = coalesce(var.gateway_region, var.region)
  gateway_values = merge(
    { for door, url in local.urls : "${door}_url" => url },
    { public_url = coalesce(var.public_url, "https://address-not-chosen-yet.invalid") },
    { oauth_client_id = var.oauth_client_id },
  )
  openapi = templatefile("${path.module}/../gateway/openapi.yaml", local.gateway_values)
}

resource "google_api_gateway_api" "this" {
  provider   = google-beta
  api_id     = "mailbox"
  depends_on = [google_project_service.this]
}

resource "google_api_gateway_api_config" "this" {
  provider             = google-beta
  api                  = google_api_gateway_api.this.api_id
  api_config_id_prefix = "mailbox-"

  openapi_documents {
    document {
      path     = "openapi.yaml"
      contents = base64encode(local.openapi)
    }
  }

  gateway_config {
    backend_config {
      google_service_account = google_service_account.caller["gateway"].email
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "google_api_gateway_gateway" "this" {
  provider   = google-beta
  gateway_id = "mailbox"
  region     = local.gateway_region
  api_config = google_api_gateway_api_config.this.id
}
