# loaded: what has been loaded or published, to the coordinator.

resource "google_pubsub_topic" "loaded" {
  name                       = "loaded"
  message_retention_duration = "2678400s" # 31 days, the most there is: so far back a subscription can be sought

  depends_on = [google_project_service.this]
}

resource "google_pubsub_subscription" "coordinator" {
  name                       = "coordinator"
  topic                      = google_pubsub_topic.loaded.id
  ack_deadline_seconds       = 600 # how long a push may take, the most there is
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # never, however long nothing is published
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

  # Every answer but 2xx counts as an attempt, also "come back later". A hundred of them take fifteen hours at least.
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letter.id
    max_delivery_attempts = 100
  }

  depends_on = [google_pubsub_topic_iam_member.dead_letter_agent]
}

# drops: what Cloud Storage tells of the drop bucket, to the function drops.

resource "google_pubsub_topic" "drops" {
  name = "drops"

  depends_on = [google_project_service.this]
}

resource "google_storage_notification" "drops" {
  bucket             = google_storage_bucket.drops.name
  topic              = google_pubsub_topic.drops.id
  payload_format     = "JSON_API_V1"
  event_types        = ["OBJECT_FINALIZE"]
  object_name_prefix = "drops/"

  depends_on = [google_pubsub_topic_iam_member.storage_agent]
}

resource "google_pubsub_subscription" "drops" {
  name                       = "drops"
  topic                      = google_pubsub_topic.drops.id
  ack_deadline_seconds       = 600
  message_retention_duration = "604800s"

  expiration_policy {
    ttl = "" # drops come once a month
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

# dead-letter: what could not be delivered, or not be used, for a person to look at.

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
