# What somebody is told of, with what to do: each name is a heading of docs/operations.md, whose text it brings.
locals {
  runbook = file("${path.module}/../../docs/operations.md")
  # What Firestore asks, in us-central1, for a document read and written.
  usd_read  = "0.0000003"
  usd_write = "0.0000009"

  counted = {
    for name in concat(keys(local.counters), keys(local.figures)) :
    name => "logging_googleapis_com:user_${name}"
  }
  requests = "run_googleapis_com:request_count{monitored_resource=\"cloud_run_revision\""

  # query: fires while it has a result; minutes: for so long. Of what was never counted there is no series, and no
  # result of anything that it is compared with: that is what `or vector(0)` stands for.
  alerts = {
    "Dead letters" = {
      severity = "WARNING", minutes = 0
      query    = "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=~\".*-dead\"}) > 0"
    }
    "Events wait" = {
      severity = "ERROR", minutes = 5
      query    = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource=\"pubsub_subscription\",subscription_id=~\".*-push\"}) > 600"
    }
    "No sweep" = {
      severity = "CRITICAL", minutes = 20 # the first sweeps take a while to be counted
      query    = "absent_over_time(${local.counted.mailbox_events}{monitored_resource=\"cloud_run_revision\",door=\"sweep\",outcome=\"done\"}[10m])"
    }
    "The sweep does not keep up" = {
      severity = "ERROR", minutes = 10
      query    = "sum(increase(${local.counted.mailbox_sweep_full}{monitored_resource=\"cloud_run_revision\"}[10m])) >= 9"
    }
    "Watches about to lapse" = {
      severity = "ERROR", minutes = 60
      query    = "sum(increase(${local.counted.mailbox_watch_lapses}{monitored_resource=\"cloud_run_revision\"}[1h])) > 0"
    }
    "Mailboxes need signing in" = {
      severity = "WARNING", minutes = 0
      query    = "sum(increase(${local.counted.mailbox_held_up}{monitored_resource=\"cloud_run_revision\",reason=\"access_revoked\"}[1d])) > 10"
    }
    "Gmail refuses us" = {
      severity = "WARNING", minutes = 15
      query    = "sum(rate(${local.counted.mailbox_held_up}{monitored_resource=\"cloud_run_revision\",reason=~\"RateLimited|GmailUnavailable\"}[15m])) > 0.05 * sum(rate(${local.counted.mailbox_events}{monitored_resource=\"cloud_run_revision\",door=~\"on_.*\"}[15m]))"
    }
    "Pushes go missing" = {
      severity = "WARNING", minutes = 60
      query    = "sum(increase(${local.counted.mailbox_push_misses}_sum{monitored_resource=\"cloud_run_revision\"}[6h])) > 0.01 * (sum(increase(${local.counted.mailbox_events}{monitored_resource=\"cloud_run_revision\",door=\"on_gmail_notification\",outcome=\"done\"}[6h])) or vector(0))"
    }
    "Outstanding messages pile up" = {
      severity = "WARNING", minutes = 30
      query    = "sum(increase(${local.counted.mailbox_owed}_sum{monitored_resource=\"cloud_run_revision\"}[6h])) - (sum(increase(${local.counted.mailbox_settled}_sum{monitored_resource=\"cloud_run_revision\"}[6h])) or vector(0)) > 1000"
    }
    "Drift" = {
      severity = "WARNING", minutes = 0
      query    = "sum(increase(${local.counted.mailbox_drift}_sum{monitored_resource=\"cloud_run_revision\"}[1d])) > 0"
    }
    "Searches are slow" = {
      severity = "WARNING", minutes = 15
      query    = "histogram_quantile(0.95, sum by (le) (rate(${local.counted.mailbox_duration_ms}_bucket{monitored_resource=\"cloud_run_revision\",door=\"search_mails\"}[15m]))) > 500"
    }
    "Doors fail" = {
      severity = "ERROR", minutes = 5
      query    = "sum by (service_name) (rate(${local.requests},response_code_class=\"5xx\"}[10m])) > 0.05 * sum by (service_name) (rate(${local.requests}}[10m]))"
    }
    "A day costs too much" = {
      severity = "WARNING", minutes = 60
      query    = "${local.usd_read} * (sum(increase(firestore_googleapis_com:document_read_count{monitored_resource=\"firestore_instance\"}[1d])) or vector(0)) + ${local.usd_write} * (sum(increase(firestore_googleapis_com:document_write_count{monitored_resource=\"firestore_instance\"}[1d])) or vector(0)) > ${var.monthly_budget / 10}"
    }
    "Searches read too much" = {
      severity = "WARNING", minutes = 60
      query    = "sum(increase(${local.counted.mailbox_read}_sum{monitored_resource=\"cloud_run_revision\"}[1h])) > 1000000"
    }
  }
}

locals {
  anchors = { for name in keys(local.alerts) : name => replace(lower(name), " ", "-") }
}

resource "google_monitoring_notification_channel" "email" {
  for_each     = toset(var.alert_email == "" ? [] : [var.alert_email])
  display_name = "Whoever runs Mailbox"
  type         = "email"
  labels       = { email_address = each.key }
  depends_on   = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "this" {
  for_each              = { for name, alert in local.alerts : name => alert if local.are_doors_open || name != "No sweep" }
  display_name          = each.key
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = [for channel in google_monitoring_notification_channel.email : channel.id]

  documentation {
    mime_type = "text/markdown"
    content   = "${trimspace(regex("(?s)\n### ${each.key}\n(.*?)\n##", local.runbook)[0])}\n\n(docs/operations.md#${local.anchors[each.key]})"

    dynamic "links" {
      for_each = var.runbook_url == "" ? [] : [var.runbook_url]
      content {
        display_name = "What to do"
        url          = "${links.value}#${local.anchors[each.key]}"
      }
    }
  }

  conditions {
    display_name = each.key
    condition_prometheus_query_language {
      query                     = each.value.query
      duration                  = "${each.value.minutes * 60}s"
      evaluation_interval       = "60s"
      disable_metric_validation = true # in a new project nothing was counted yet
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_logging_metric.counter, google_logging_metric.figure]
}
