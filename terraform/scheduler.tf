# Every source is asked for its newest complete partition: at its schedule, or, when it has none because something else brings
# its data, at the time by which that is due. Such a source then says by an error when nothing has come.

locals {
  due = { for source, s in local.sources : source => regex("^(\\d+)d (\\d+):(\\d+)$", s.due) } # days, hour, minute

  schedules = {
    for source, s in local.sources : source => try(s.schedule, format(
      "%d %d %s * *",
      tonumber(local.due[source][2]),
      tonumber(local.due[source][1]),
      s.cadence == "monthly" ? local.due[source][0] : "*",
    ))
  }
}

resource "google_cloud_scheduler_job" "source" {
  for_each = local.sources

  name             = "${local.name}-${each.key}"
  description      = "Loads ${each.key}."
  region           = var.region
  schedule         = local.schedules[each.key]
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
