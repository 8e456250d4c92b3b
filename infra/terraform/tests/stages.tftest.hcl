# A new project comes to life in stages: first everything that doors stand on, then the doors.
mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project         = "mailbox-offline"
  oauth_client_id = "1234567890-offline.apps.googleusercontent.com"
  image           = ""
  public_url      = ""
  alert_email     = ""
  billing_account = ""
}

run "before_the_first_build_there_is_a_gateway_but_no_door" {
  command = plan

  assert {
    condition     = length(google_cloud_run_v2_service.door) == 0
    error_message = "A door without an image."
  }
  assert {
    condition     = length(google_pubsub_subscription.push) == 0 && length(google_cloud_scheduler_job.sweep) == 0
    error_message = "Something calls doors that are not there."
  }
  assert {
    condition     = !contains(keys(google_monitoring_alert_policy.this), "No sweep")
    error_message = "An alarm about a sweep that is not there yet."
  }
  assert {
    condition     = google_api_gateway_gateway.this.gateway_id == "mailbox"
    error_message = "Without a gateway nobody learns the address."
  }
}

run "an_image_without_an_address_opens_nothing" {
  command = plan
  variables { image = "us-central1-docker.pkg.dev/mailbox-offline/mailbox/doors:1" }

  assert {
    condition     = length(google_cloud_run_v2_service.door) == 0
    error_message = "A door that does not know where it is."
  }
}

run "with_both_every_door_is_open" {
  command = plan
  variables {
    image      = "us-central1-docker.pkg.dev/mailbox-offline/mailbox/doors:1"
    public_url = "https://mailbox.example.com"
  }

  assert {
    condition     = keys(google_cloud_run_v2_service.door) == keys(local.doors)
    error_message = "A door is missing."
  }
  assert {
    condition     = keys(google_monitoring_alert_policy.this) == keys(local.alerts)
    error_message = "An alert is missing."
  }
  assert {
    condition     = alltrue([for door in google_cloud_run_v2_service.door : door.deletion_protection])
    error_message = "A door can be deleted by mistake."
  }
}

run "sizes_change_what_they_name_only" {
  command = plan
  variables {
    image      = "us-central1-docker.pkg.dev/mailbox-offline/mailbox/doors:1"
    public_url = "https://mailbox.example.com"
    sizes      = { search = { min_instances = 2 } }
  }

  assert {
    condition     = google_cloud_run_v2_service.door["search_mails"].template[0].scaling[0].min_instance_count == 2
    error_message = "The size was not taken."
  }
  assert {
    condition     = google_cloud_run_v2_service.door["search_mails"].template[0].scaling[0].max_instance_count == 20
    error_message = "A size that was not named changed."
  }
}

run "a_project_to_play_with_can_be_deleted" {
  command = plan
  variables { is_deletable = true }

  assert {
    condition     = google_firestore_database.mail.delete_protection_state == "DELETE_PROTECTION_DISABLED"
    error_message = "The database cannot be deleted."
  }
}

run "nobody_is_told_where_nobody_is_named" {
  command = plan

  assert {
    condition     = length(google_monitoring_notification_channel.email) == 0 && length(google_billing_budget.month) == 0
    error_message = "Somebody is told."
  }
}

run "alerts_link_to_the_runbook_where_it_can_be_read" {
  command = plan
  variables { runbook_url = "https://example.com/operations.md" }

  assert {
    condition     = google_monitoring_alert_policy.this["Dead letters"].documentation[0].links[0].url == "https://example.com/operations.md#dead-letters"
    error_message = "The link leads elsewhere."
  }
}
