# Each source that has a schedule is requested to load its newest complete partition. Other sources, like drops, load when their
# data arrives; the sweep reports when it is overdue.

locals {
  scheduled = { for source, s in local.sources : source => s if can(s.schedule) }
}

resource "google_cloud_scheduler_job" "source" {
  for_each = local.scheduled

  name             = "${local.name}-${each.key}"
  description      = "Loads ${each.key}."
  region           = var.region
  schedule         = each.value.schedule
  time_zone        = var.timezone
  attempt_deadline = "${local.functions[each.key].timeout_seconds}s"

  # Retries come after 5, 10, 20, 40 and 40 minutes, so within two hours of the schedule. A busy function is retried like one
  # that failed.
  retry_config {
    retry_count          = 5
    min_backoff_duration = "300s"
    max_backoff_duration = "2400s"
    max_doublings        = 3
  }

  http_target {
    http_method = "POST"
    uri         = module.function[each.key].uri

    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = module.function[each.key].uri
    }
  }

  depends_on = [google_project_service.this]
}

# The sweep runs every 15 minutes. A failed sweep is not retried, because the next one does all of its work.

resource "google_cloud_scheduler_job" "sweep" {
  name             = "${local.name}-sweep"
  description      = "Checks the pipeline every 15 minutes."
  region           = var.region
  schedule         = "*/15 * * * *"
  time_zone        = var.timezone
  attempt_deadline = "600s"

  retry_config {
    retry_count = 0
  }

  http_target {
    http_method = "POST"
    uri         = module.sweep.uri

    oidc_token {
      service_account_email = google_service_account.scheduler.email
      audience              = module.sweep.uri
    }
  }

  depends_on = [google_project_service.this]
}

# The sweep requests overdue loads through this queue. Cloud Tasks waits half an hour for a response, because a load can take that
# long. A busy source, or one with a temporary error, is retried after some minutes. After three attempts the sweep creates new
# tasks, at longer intervals.

resource "google_cloud_tasks_queue" "ask" {
  name     = "${local.name}-ask"
  location = var.region

  rate_limits {
    max_concurrent_dispatches = 5
    max_dispatches_per_second = 1
  }

  retry_config {
    max_attempts  = 3
    min_backoff   = "300s"
    max_backoff   = "2400s"
    max_doublings = 3
  }

  depends_on = [google_project_service.this]
}
