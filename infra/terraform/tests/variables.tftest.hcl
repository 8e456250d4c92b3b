# Values that cannot be meant are refused, each with what would be right.
mock_provider "google" {}
mock_provider "google-beta" {}

variables {
  project         = "mailbox-offline"
  oauth_client_id = "1234567890-offline.apps.googleusercontent.com"
}

run "a_project_number_is_no_project" {
  command = plan
  variables { project = "1234567890" }
  expect_failures = [var.project]
}

run "a_zone_is_no_region" {
  command = plan
  variables { region = "us-central1-a" }
  expect_failures = [var.region]
}

run "an_image_of_elsewhere_is_refused" {
  command = plan
  variables { image = "docker.io/somebody/doors:1" }
  expect_failures = [var.image]
}

run "a_public_address_is_https_and_has_no_path" {
  command = plan
  variables { public_url = "http://mailbox.example.com/" }
  expect_failures = [var.public_url]
}

run "a_client_secret_is_no_client_id" {
  command = plan
  variables { oauth_client_id = "GOCSPX-something" }
  expect_failures = [var.oauth_client_id]
}

run "a_family_that_is_not_there_is_refused" {
  command = plan
  variables { sizes = { searching = { memory = "1Gi" } } }
  expect_failures = [var.sizes]
}

run "no_door_outlasts_an_acknowledgement" {
  command = plan
  variables { sizes = { sync = { timeout = 601 } } }
  expect_failures = [var.sizes]
}

run "half_a_cpu_serves_one_at_a_time" {
  command = plan
  variables { sizes = { search = { cpu = "0.5", concurrency = 4 } } }
  expect_failures = [var.sizes]
}

run "limits_are_numbers" {
  command = plan
  variables { limits = { UNITS_PER_MINUTE = "many" } }
  expect_failures = [var.limits]
}

run "a_limit_that_no_door_reads_is_refused" {
  command = plan
  variables { limits = { UNITS_A_MINUTE = "15000" } }
  expect_failures = [var.limits]
}

run "a_runbook_is_a_page_not_a_place_in_one" {
  command = plan
  variables { runbook_url = "https://example.com/operations.md#drift" }
  expect_failures = [var.runbook_url]
}

run "an_address_is_one_address" {
  command = plan
  variables { alert_email = "operators" }
  expect_failures = [var.alert_email]
}

run "a_billing_account_is_an_id" {
  command = plan
  variables { billing_account = "My Billing Account" }
  expect_failures = [var.billing_account]
}

run "a_budget_is_whole" {
  command = plan
  variables { monthly_budget = 0 }
  expect_failures = [var.monthly_budget]
}

run "pubsub_takes_so_many_attempts" {
  command = plan
  variables { max_delivery_attempts = 3 }
  expect_failures = [var.max_delivery_attempts]
}
