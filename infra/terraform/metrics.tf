# Metrics counted from the doors' own log lines (shared/log.py): one JSON line an event.
locals {
  log_lines = "resource.type=\"cloud_run_revision\" AND jsonPayload.door:*"

  # Events by door and outcome, and by what held the work up.
  counters = {
    mailbox_events       = { filter = "jsonPayload.outcome:*", labels = { door = "jsonPayload.door", outcome = "jsonPayload.outcome" } }
    mailbox_held_up      = { filter = "jsonPayload.\"done.held_up\">\"\"", labels = { reason = "jsonPayload.\"done.held_up\"" } }
    mailbox_watch_lapses = { filter = "jsonPayload.\"done.watch_left_h\"<48", labels = {} }
    mailbox_sweep_full   = { filter = "jsonPayload.is_full=true", labels = {} }
  }

  # Sums and spreads of figures, by door.
  figures = {
    mailbox_duration_ms = { field = "duration_ms", unit = "ms" }
    mailbox_owed        = { field = "\"done.partial_sync.owed\"", unit = "1" }
    mailbox_settled     = { field = "\"done.retried.settled\"", unit = "1" }
    mailbox_push_misses = { field = "\"done.push_misses\"", unit = "1" }
    mailbox_drift       = { field = "\"done.audited.owed\"", unit = "1" }
    mailbox_stored      = { field = "\"done.partial_sync.stored\"", unit = "1" }
    mailbox_read        = { field = "documents_read", unit = "1" }
    mailbox_swept       = { field = "requested", unit = "1" }
  }
}

resource "google_logging_metric" "counter" {
  for_each = local.counters
  name     = each.key
  filter   = "${local.log_lines} AND ${each.value.filter}"

  label_extractors = { for label, field in each.value.labels : label => "EXTRACT(${field})" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    dynamic "labels" {
      for_each = each.value.labels
      content {
        key        = labels.key
        value_type = "STRING"
      }
    }
  }

  depends_on = [google_project_service.this]
}

resource "google_logging_metric" "figure" {
  for_each = local.figures
  name     = each.key
  filter   = "${local.log_lines} AND jsonPayload.${each.value.field}>=0"

  value_extractor  = "EXTRACT(jsonPayload.${each.value.field})"
  label_extractors = { door = "EXTRACT(jsonPayload.door)" }

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "DISTRIBUTION"
    unit        = each.value.unit
    labels {
      key        = "door"
      value_type = "STRING"
    }
  }

  bucket_options {
    exponential_buckets {
      num_finite_buckets = 40
      growth_factor      = 1.5
      scale              = 1
    }
  }

  depends_on = [google_project_service.this]
}
