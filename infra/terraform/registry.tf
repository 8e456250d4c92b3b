# Images of the doors, and the sources they were built from.
resource "google_artifact_registry_repository" "images" {
  repository_id = "mailbox"
  location      = var.region
  format        = "DOCKER"

  cleanup_policies {
    id     = "the last twenty"
    action = "KEEP"
    most_recent_versions {
      keep_count = 20
    }
  }
  cleanup_policies {
    id     = "nothing older"
    action = "DELETE"
    condition {
      older_than = "2592000s"
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_storage_bucket" "sources" {
  name                        = "${var.project}-mailbox-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = 30
    }
  }
}
