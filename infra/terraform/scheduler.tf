# The sweep, each minute. A run that fails is not repeated: the next minute's finds the same and more.
resource "google_cloud_scheduler_job" "sweep" {
  for_each         = { for door, kind in local.open_doors : door => kind if kind.called_by == "scheduler" }
  name             = local.services_of_doors[each.key]
  region           = var.region
  schedule         = "* * * * *"
  time_zone        = "Etc/UTC"
  attempt_deadline = "180s"

  http_target {
    http_method = "POST"
    uri         = local.urls[each.key]
    oidc_token {
      service_account_email = google_service_account.caller["scheduler"].email
      audience              = local.urls[each.key]
    }
  }

  depends_on = [google_cloud_run_v2_service_iam_member.caller]
}
