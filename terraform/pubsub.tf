# loaded: events about loaded and published partitions, for the coordinator.

resource "google_pubsub_topic" "loaded" {
  name                       = "loaded"
  message_retention_duration = "2678400s" # 31 days, the maximum: rollcall replay --seek can go back this far

  depends_on = [google_project_service.this]
}

resource "google_pubsub_subscription" "coordinator" {
  name                       = "coordinator"
  topic                      = google_pubsub_topic.loaded.id
  ack_deadline_seconds       = 600 # how long a push may take; this is the maximum
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never expires, even if nothing is published for long
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  push_config {
    push_endpoint = module.function["coordinator"].uri
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = module.function["coordinator"].uri
    }
  }

  # Every response except 2xx counts as an attempt, including "retry later". A hundred attempts take at least fifteen hours.
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter.id
    max_delivery_attempts = 100
  }

  depends_on = [google_pubsub_topic_iam_member.dead_letter_agent]
}

# drops: Cloud Storage's messages about the drop bucket, for the function drops.

resource "google_pubsub_topic" "drops" {
  name = "drops"

  depends_on = [google_project_service.this]
}

# Of all objects, so that drops can log a warning about a file beside the folder that it reads.
resource "google_storage_notification" "drops" {
  bucket         = google_storage_bucket.drops.name
  topic          = google_pubsub_topic.drops.id
  payload_format = "JSON_API_V1"
  event_types    = ["OBJECT_FINALIZE"]

  depends_on = [google_pubsub_topic_iam_member.storage_agent]
}

resource "google_pubsub_subscription" "drops" {
  name                       = "drops"
  topic                      = google_pubsub_topic.drops.id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never expires: files are dropped once a month
  }

  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  push_config {
    push_endpoint = module.function["drops"].uri
    oidc_token {
      service_account_email = google_service_account.push.email
      audience              = module.function["drops"].uri
    }
  }

  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter.id
    max_delivery_attempts = 100
  }

  depends_on = [google_pubsub_topic_iam_member.dead_letter_agent]
}

# dead-letter: messages that could not be delivered or used. An operator looks at them.

resource "google_pubsub_topic" "dead_letter" {
  name = "dead-letter"

  depends_on = [google_project_service.this]
}

resource "google_pubsub_subscription" "dead_letter" {
  name                       = "dead-letter"
  topic                      = google_pubsub_topic.dead_letter.id
  message_retention_duration = "2678400s" # 31 days

  expiration_policy {
    ttl = ""
  }
}
