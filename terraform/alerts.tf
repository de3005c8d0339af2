# Alerts. The documentation of each policy says what to do.

resource "google_monitoring_notification_channel" "email" {
  count = var.alert_email == null ? 0 : 1

  display_name = "${local.name} alerts"
  type         = "email"
  labels       = { email_address = var.alert_email }

  depends_on = [google_project_service.this]
}

locals {
  channels = google_monitoring_notification_channel.email[*].name
}

resource "google_monitoring_alert_policy" "dead_letters" {
  display_name          = "${local.name}: dead letters"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "A message is in the dead-letter subscription"
    condition_threshold {
      filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = \"${google_pubsub_subscription.dead_letter.name}\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    content = <<-EOT
      Pub/Sub could not deliver a message in ${google_pubsub_subscription.coordinator.dead_letter_policy[0].max_delivery_attempts} attempts, or the coordinator cannot use it. To look at the messages without removing them:

          gcloud pubsub subscriptions pull ${google_pubsub_subscription.dead_letter.name} --project=${var.project} --limit=10 --format=json

      The attribute `reason`, if present, says what is wrong and how to fix it. `rollcall deadletters` lists all messages with their fixes. After the fix, send them back with `rollcall replay --deadletters`, or load the partition again. To remove a message, pull it with `--auto-ack`.
    EOT
  }
}

# Everything that a function logs as an error, and every 5xx response. Examples: a source that was not loaded, a file that was
# moved to quarantine, a model that failed or did not pass its audit.

resource "google_monitoring_alert_policy" "errors" {
  display_name          = "${local.name}: errors of functions"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "A function logs an error"
    condition_matched_log {
      filter = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = (${join(" OR ", [for name in concat([for name in sort(keys(local.functions)) : module.function[name].name], [module.sweep.name]) : "\"${name}\""])}) AND severity >= ERROR AND NOT jsonPayload.message = \"overdue\""
      label_extractors = {
        function  = "EXTRACT(resource.labels.service_name)"
        partition = "EXTRACT(jsonPayload.partition)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    content = <<-EOT
      The log entry says what failed, and usually how to fix it (`hint`):

          gcloud logging read 'resource.type="cloud_run_revision" severity>=ERROR' --project=${var.project} --freshness=1d --limit=20

      Cloud Scheduler and Pub/Sub retry temporary errors. Published results stay as they were.
    EOT
  }
}

# Overdue data. The sweep reports each partition of a source that has not arrived by its due time. It reports a partition once, and
# again when something about it changes. When a model's inputs have arrived but the model is not published, an event stays
# unacknowledged, which the policy overdue_models reports.

resource "google_monitoring_alert_policy" "overdue_sources" {
  display_name          = "${local.name}: overdue, a source's data has not arrived"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "The sweep reports a partition as overdue"
    condition_matched_log {
      filter = "resource.type = \"cloud_run_revision\" AND resource.labels.service_name = \"${module.sweep.name}\" AND jsonPayload.message = \"overdue\" AND severity >= ERROR"
      label_extractors = {
        source    = "EXTRACT(jsonPayload.source)"
        partition = "EXTRACT(jsonPayload.partition)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    content = <<-EOT
      The log entry says which tables are missing (`tables`), since when (`due`), what waits for them (`blocks`), how often the source was requested again (`requests`), why its newest load failed (`reason`), and how to fix it (`hint`, `command`):

          gcloud logging read 'resource.labels.service_name="${module.sweep.name}" jsonPayload.message=("overdue" OR "arrived late")' --project=${var.project} --freshness=2d --limit=20

      When the data arrives, the models that wait for it run automatically, and an entry `arrived late` is logged.
    EOT
  }
}

resource "google_monitoring_alert_policy" "sweep" {
  display_name          = "${local.name}: the sweep does not complete"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "Cloud Scheduler got an error from the sweep"
    condition_matched_log {
      # 429 is not an error: models are running.
      filter = "resource.type = \"cloud_scheduler_job\" AND resource.labels.job_id = \"${google_cloud_scheduler_job.sweep.name}\" AND severity >= ERROR AND NOT httpRequest.status = 429"
      label_extractors = {
        job = "EXTRACT(resource.labels.job_id)"
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
    notification_rate_limit {
      period = "86400s"
    }
  }

  documentation {
    content = <<-EOT
      A sweep did not finish its work. The next sweep, 15 minutes later, continues. While this persists, overdue data is not reported. If the function logged no error of its own, it was not reached: the entry's `debugInfo` says why.

          gcloud logging read 'resource.labels.service_name="${module.sweep.name}" severity>=ERROR' --project=${var.project} --freshness=3h --limit=20
    EOT
  }
}

resource "google_monitoring_alert_policy" "overdue_models" {
  display_name          = "${local.name}: overdue, an event is not processed"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "The oldest event has waited for more than an hour"
    condition_threshold {
      filter          = "resource.type = \"pubsub_subscription\" AND resource.labels.subscription_id = one_of(\"${google_pubsub_subscription.coordinator.name}\", \"${google_pubsub_subscription.drops.name}\") AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\""
      comparison      = "COMPARISON_GT"
      threshold_value = 3600 # seconds
      duration        = "0s"
      aggregations {
        alignment_period   = "300s"
        per_series_aligner = "ALIGN_MAX"
      }
    }
  }

  documentation {
    content = <<-EOT
      Data was loaded or dropped more than an hour ago, and the work that follows from it is not done. The function's log says what it waits for. Nothing is lost: Pub/Sub delivers the event again every ten minutes.

          gcloud logging read 'resource.type="cloud_run_revision" resource.labels.service_name="${module.function["coordinator"].name}"' --project=${var.project} --freshness=3h --limit=50
    EOT
  }
}

resource "google_monitoring_alert_policy" "bytes_billed" {
  display_name          = "${local.name}: bytes billed"
  combiner              = "OR"
  notification_channels = local.channels

  conditions {
    display_name = "Queries were billed for more than ${var.alert_gib_billed_per_day} GiB within 24 hours"
    condition_threshold {
      filter          = "resource.type = \"global\" AND metric.type = \"bigquery.googleapis.com/query/scanned_bytes_billed\""
      comparison      = "COMPARISON_GT"
      threshold_value = var.alert_gib_billed_per_day * 1024 * 1024 * 1024
      duration        = "0s"
      aggregations {
        alignment_period     = "86400s"
        per_series_aligner   = "ALIGN_SUM"
        cross_series_reducer = "REDUCE_SUM"
      }
    }
  }

  documentation {
    content = <<-EOT
      All queries of the project count, including those of dashboards. To find the most expensive ones:

          bq query --use_legacy_sql=false 'SELECT user_email, query, total_bytes_billed FROM `region-${var.region}`.INFORMATION_SCHEMA.JOBS WHERE creation_time > TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 DAY) ORDER BY total_bytes_billed DESC LIMIT 10'
    EOT
  }
}

resource "google_billing_budget" "month" {
  count = var.billing_account == null ? 0 : 1

  billing_account = var.billing_account
  display_name    = "${local.name}, ${var.project}"

  budget_filter {
    projects = ["projects/${data.google_project.this.number}"]
  }

  amount {
    specified_amount {
      units = tostring(var.budget_per_month)
    }
  }

  threshold_rules {
    threshold_percent = 0.5
  }
  threshold_rules {
    threshold_percent = 1
  }
  threshold_rules {
    threshold_percent = 1
    spend_basis       = "FORECASTED_SPEND"
  }

  # Google emails the billing account's administrators in any case.
  dynamic "all_updates_rule" {
    for_each = var.alert_email == null ? [] : [local.channels]
    content {
      monitoring_notification_channels = all_updates_rule.value
    }
  }

  depends_on = [google_project_service.this]
}
