# The doors of main.py. A new door is one line here, if its family exists.
#   called_by  gateway (people and programs), pusher (Pub/Sub), scheduler
#   topic      whose subscription pushes to it
locals {
  doors = {
    sign_in         = { family = "accounts", called_by = "gateway" }
    oauth_callback  = { family = "accounts", called_by = "gateway" }
    sign_out        = { family = "accounts", called_by = "gateway" }
    change_settings = { family = "requests", called_by = "gateway" }
    erase_mailbox   = { family = "accounts", called_by = "gateway" }
    exchange_code   = { family = "accounts", called_by = "gateway" }
    renew_session   = { family = "requests", called_by = "gateway" }
    session_keys    = { family = "web", called_by = "gateway" }

    receive_security_event = { family = "accounts", called_by = "gateway" }

    read_receipt = { family = "requests", called_by = "gateway" }

    search_mails   = { family = "search", called_by = "gateway" }
    read_mail      = { family = "search", called_by = "gateway" }
    read_thread    = { family = "search", called_by = "gateway" }
    read_html      = { family = "search", called_by = "gateway" }
    mailbox_status = { family = "search", called_by = "gateway" }
    suggestions    = { family = "search", called_by = "gateway" }

    read_attachment = { family = "fetch", called_by = "gateway" }
    read_original   = { family = "fetch", called_by = "gateway" }

    retry_parked = { family = "requests", called_by = "gateway" }
    mails_page   = { family = "web", called_by = "gateway" }

    on_gmail_notification = { family = "sync", called_by = "pusher", topic = "gmail" }
    on_sync_requested     = { family = "sync", called_by = "pusher", topic = "sync" }
    sweep                 = { family = "sweep", called_by = "scheduler" }
  }

  # A family is one service account. What it may: see permissions.tf.
  #   keys     what it does with the wrapped data keys: read, write, or nothing
  #   content  what it does with the KMS key around the data keys; tokens: around owners' OAuth tokens
  #   requests whether it asks for syncs
  #   secrets  client: to ask Google for tokens; session: to know people by; name: to find mailboxes by
  families = {
    accounts = { keys = "write", content = "both", tokens = "both", requests = true, secrets = ["client", "session", "name"] }
    search   = { keys = "read", content = "decrypt", tokens = "none", requests = true, secrets = ["session", "name"] }
    fetch    = { keys = "read", content = "decrypt", tokens = "decrypt", requests = true, secrets = ["client", "session", "name"] }
    sync     = { keys = "write", content = "decrypt", tokens = "decrypt", requests = true, secrets = ["client", "name"] }
    requests = { keys = "none", content = "none", tokens = "none", requests = true, secrets = ["session", "name"] }
    sweep    = { keys = "none", content = "none", tokens = "none", requests = true, secrets = [] }
    web      = { keys = "none", content = "none", tokens = "none", requests = false, secrets = ["session", "name"] }
  }

  # A door may take 20 CPUs of a region, which is what Cloud Run gives a new project.
  usual_size = { memory = "512Mi", cpu = "1", concurrency = 16, timeout = 60, min_instances = 0, max_instances = 20 }
  usual_sizes = {
    accounts = local.usual_size
    search   = local.usual_size
    fetch    = local.usual_size
    sync     = merge(local.usual_size, { memory = "1Gi", concurrency = 8, timeout = 600 })
    requests = local.usual_size
    sweep    = merge(local.usual_size, { concurrency = 1, max_instances = 1, timeout = 180 })
    web      = local.usual_size
  }
  sizes = {
    for family, usual in local.usual_sizes :
    family => merge(usual, { for name, value in try(var.sizes[family], {}) : name => value if value != null })
  }

  # Cloud Run takes no underscores, and its deterministic address is known before a door exists.
  services_of_doors = { for door in keys(local.doors) : door => replace(door, "_", "-") }
  urls = {
    for door, service in local.services_of_doors :
    door => "https://${service}-${data.google_project.this.number}.${var.region}.run.app"
  }

  # Before the first build there is nothing to run, and before there is a gateway nobody knows the address
  # that doors redirect to.
  are_doors_open = var.image != "" && var.public_url != ""
  open_doors     = { for door, kind in local.doors : door => kind if local.are_doors_open }
}

# Without image and address Terraform would take every door away: an apply by hand, which is told of neither, is refused
# once doors are open. `make deploy` tells it both.
resource "terraform_data" "doors_are_open" {
  count = local.are_doors_open ? 1 : 0

  lifecycle {
    prevent_destroy = true
  }
}
