# Places of secrets. `make deploy` puts the values there; no value passes through Terraform or its state.
resource "google_secret_manager_secret" "this" {
  for_each  = toset([for secret in values(local.secrets) : secret.id])
  secret_id = each.key

  replication {
    user_managed {
      replicas {
        location = var.region
      }
    }
  }

  depends_on = [google_project_service.this]
}
