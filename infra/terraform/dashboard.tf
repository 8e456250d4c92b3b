# What an operator looks at first.
locals {
  charts = {
    "Events a second, by door and outcome"       = "sum by (door, outcome) (rate(${local.counted.mailbox_events}{monitored_resource=\"cloud_run_revision\"}[5m]))"
    "What holds mailboxes up"                    = "sum by (reason) (rate(${local.counted.mailbox_held_up}{monitored_resource=\"cloud_run_revision\"}[5m]))"
    "Milliseconds of a search (95 %)"            = "histogram_quantile(0.95, sum by (le) (rate(${local.counted.mailbox_duration_ms}_bucket{monitored_resource=\"cloud_run_revision\",door=\"search_mails\"}[5m])))"
    "Milliseconds of a notification (95 %)"      = "histogram_quantile(0.95, sum by (le) (rate(${local.counted.mailbox_duration_ms}_bucket{monitored_resource=\"cloud_run_revision\",door=\"on_gmail_notification\"}[5m])))"
    "Messages stored a minute"                   = "60 * sum(rate(${local.counted.mailbox_stored}_sum{monitored_resource=\"cloud_run_revision\"}[5m]))"
    "Messages owed and settled an hour"          = "3600 * (sum(rate(${local.counted.mailbox_owed}_sum{monitored_resource=\"cloud_run_revision\"}[1h])) - sum(rate(${local.counted.mailbox_settled}_sum{monitored_resource=\"cloud_run_revision\"}[1h])))"
    "Mailboxes that the sweep asked for"         = "sum(increase(${local.counted.mailbox_swept}_sum{monitored_resource=\"cloud_run_revision\"}[1m]))"
    "Seconds that the oldest event waits"        = "max by (subscription_id) (pubsub_googleapis_com:subscription_oldest_unacked_message_age{monitored_resource=\"pubsub_subscription\"})"
    "Dead letters"                               = "sum by (subscription_id) (pubsub_googleapis_com:subscription_num_undelivered_messages{monitored_resource=\"pubsub_subscription\",subscription_id=~\".*-dead\"})"
    "Documents that searches read a second"      = "sum(rate(${local.counted.mailbox_read}_sum{monitored_resource=\"cloud_run_revision\"}[5m]))"
    "Answers a second, by door and kind of code" = "sum by (service_name, response_code_class) (rate(${local.requests}}[5m]))"
    "Pushes missed a day"                        = "sum(increase(${local.counted.mailbox_push_misses}_sum{monitored_resource=\"cloud_run_revision\"}[1d]))"
  }
  titles = sort(keys(local.charts))
}

resource "google_monitoring_dashboard" "this" {
  dashboard_json = jsonencode({
    displayName = "Mailbox"
    mosaicLayout = {
      columns = 48
      tiles = [for place, title in local.titles : {
        xPos   = 24 * (place % 2)
        yPos   = 16 * floor(place / 2)
        width  = 24
        height = 16
        widget = {
          title = title
          xyChart = {
            dataSets = [{
              plotType        = "LINE"
              timeSeriesQuery = { prometheusQuery = local.charts[title] }
            }]
          }
        }
      }]
    }
  })
  depends_on = [google_logging_metric.counter, google_logging_metric.figure]
}
