output "gateway_url" {
  description = "Where the gateway answers; public_url is this, or a domain that leads here."
  value       = "https://${google_api_gateway_gateway.this.default_hostname}"

  # Where this is known, the first image can be built. A first apply that broke off before is done again.
  depends_on = [
    google_artifact_registry_repository.images,
    google_artifact_registry_repository_iam_member.deployer,
    google_project_iam_member.deployer,
    google_secret_manager_secret.this,
    google_service_account_iam_member.deployer_acts_as,
    google_storage_bucket.sources,
    google_storage_bucket_iam_member.deployer,
  ]
}

output "redirect_uri" {
  description = "What the OAuth client needs among its authorised redirect URIs."
  value       = "${local.gateway_values.public_url}/users/auth/google_oauth2/callback"
}

output "image_name" {
  description = "Where builds put the doors' image."
  value       = "${var.region}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.images.repository_id}/doors"
}

output "deployer" {
  description = "The service account that builds and deploys."
  value       = google_service_account.deployer.email
}

output "sources" {
  description = "The bucket that builds read their sources from."
  value       = google_storage_bucket.sources.name
}

output "doors" {
  description = "The Cloud Run service of each door."
  value       = local.services_of_doors
}

output "gmail_topic" {
  description = "The topic that watches are asked for with."
  value       = google_pubsub_topic.events["gmail"].id
}

output "dead_letters" {
  description = "The subscriptions that hold what could not be delivered."
  value       = [for subscription in google_pubsub_subscription.dead : subscription.name]
}

output "chosen" {
  description = "What a deployment was told, so that the next need not be told again."
  value = {
    region             = var.region
    firestore_location = var.firestore_location
    gateway_region     = var.gateway_region
    public_url         = var.public_url
    alert_email        = var.alert_email
    billing_account    = var.billing_account
    runbook_url        = var.runbook_url
  }
}
