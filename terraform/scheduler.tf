# Every source that has a schedule is asked for its newest complete partition. What others bring, like a person's drops, is
# waited for; the sweep tells when it is overdue.

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

  # After 5, 10, 20, 40 and 40 minutes: within two hours of the schedule. A function that is busy with
  # another request is asked again like one that failed.
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

# The sweep, every quarter of an hour. One that fails is not repeated: the next does all that it would have done.

resource "google_cloud_scheduler_job" "sweep" {
  name             = "${local.name}-sweep"
  description      = "Looks after the pipeline."
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

# What the sweep asks sources for again. Cloud Tasks waits half an hour for an answer, which a load may take. A source that is
# busy, or in trouble that may pass, is asked again after some minutes; after that the sweep asks anew, more seldom.

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
