# Places of secrets. `make deploy` puts the values there; no value passes through Terraform or its state.
resource "google_secret_manager_secret" "this" {
  for_each  = toset(values(local.secret_environment))
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
