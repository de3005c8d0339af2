# Who may do what to which resource. testdata/grants.golden lists the result as a table. The rights to read a secret and to call a
# function are granted in modules/function. Google grants the default roles of its own service agents.

# Two accounts that can only call functions. Cloud Scheduler and Cloud Tasks call the sources and the sweep with the first, Pub/Sub
# calls the coordinator and drops with the second.

resource "google_service_account" "scheduler" {
  account_id   = "${local.name}-scheduler"
  display_name = "${local.name}-scheduler"
  description  = "Cloud Scheduler and Cloud Tasks call the sources and the sweep as this account."

  depends_on = [google_project_service.this]
}

resource "google_service_account" "push" {
  account_id   = "${local.name}-push"
  display_name = "${local.name}-push"
  description  = "Pub/Sub calls the coordinator and drops as this account."

  depends_on = [google_project_service.this]
}

# The account that builds the functions. Cloud Build reads the source code, which Cloud Functions first copies into its own bucket.
# Then it writes the image and its log.

resource "google_service_account" "build" {
  account_id   = "${local.name}-build"
  display_name = "${local.name}-build"
  description  = "Cloud Build builds the functions as this account."

  depends_on = [google_project_service.this]
}

resource "google_project_iam_member" "build_logs" {
  project = var.project
  role    = "roles/logging.logWriter"
  member  = google_service_account.build.member
}

resource "google_project_iam_member" "build_sources" {
  project = var.project
  role    = "roles/storage.objectViewer"
  member  = google_service_account.build.member

  # Cloud Functions creates this bucket at the first deployment, so the role cannot be granted on the bucket itself.
  condition {
    title      = "copied-sources"
    expression = "resource.name.startsWith(\"projects/_/buckets/gcf-v2-sources-${data.google_project.this.number}-${var.region}\")"
  }
}

resource "google_storage_bucket_iam_member" "build_sources" {
  bucket = google_storage_bucket.sources.name
  role   = "roles/storage.objectViewer"
  member = google_service_account.build.member
}

resource "google_artifact_registry_repository_iam_member" "build_images" {
  location   = var.region
  repository = google_artifact_registry_repository.images.name
  role       = "roles/artifactregistry.writer"
  member     = google_service_account.build.member
}

# Every function may run jobs in BigQuery, which gives access to no table, and publish events.

resource "google_project_iam_member" "jobs" {
  for_each = local.functions

  project = var.project
  role    = "roles/bigquery.jobUser"
  member  = module.function[each.key].member
}

resource "google_pubsub_topic_iam_member" "publisher" {
  for_each = local.functions

  topic  = google_pubsub_topic.loaded.id
  role   = "roles/pubsub.publisher"
  member = module.function[each.key].member
}

# A source may write its own raw tables and read their metadata, like the number of rows in a partition. It may read and write its own
# folder of the staging bucket: it compares each load with earlier ones, and loads again what was staged.

resource "google_bigquery_table_iam_member" "source" {
  for_each = local.tables

  dataset_id = google_bigquery_dataset.raw.dataset_id
  table_id   = google_bigquery_table.raw[each.key].table_id
  role       = "roles/bigquery.dataEditor"
  member     = module.function[each.value.source].member
}

resource "google_storage_bucket_iam_member" "staging_folder" {
  for_each = local.sources

  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectUser" # a repeated upload replaces the object, which needs the right to delete
  member = module.function[each.key].member

  condition {
    title      = "own-folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.staging.name}/objects/${each.key}/\")"
  }
}

# Listing is a right on the bucket, not on objects, so it cannot be limited to a folder. It shows only names. A load job also needs
# to read the bucket's metadata.

resource "google_storage_bucket_iam_member" "staging_list" {
  for_each = local.sources

  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.legacyBucketReader"
  member = module.function[each.key].member
}

# drops may read dropped files, and move unreadable ones to quarantine.

resource "google_storage_bucket_iam_member" "drops_reader" {
  bucket = google_storage_bucket.drops.name
  role   = "roles/storage.objectViewer"
  member = module.function["drops"].member
}

resource "google_storage_bucket_iam_member" "drops_quarantine" {
  bucket = google_storage_bucket.drops.name
  role   = "roles/storage.objectUser"
  member = module.function["drops"].member

  condition {
    title      = "quarantine"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.drops.name}/objects/quarantine/\")"
  }
}

# The coordinator may read raw tables, write staging and mart, append to the ledger, and publish dead letters.

resource "google_bigquery_dataset_iam_member" "coordinator" {
  for_each = {
    raw     = { dataset = google_bigquery_dataset.raw.dataset_id, role = "roles/bigquery.dataViewer" }
    staging = { dataset = google_bigquery_dataset.staging.dataset_id, role = "roles/bigquery.dataEditor" }
    mart    = { dataset = google_bigquery_dataset.mart.dataset_id, role = "roles/bigquery.dataEditor" }
  }

  dataset_id = each.value.dataset
  role       = each.value.role
  member     = module.function["coordinator"].member
}

resource "google_storage_bucket_iam_member" "ledger" {
  for_each = toset(["roles/storage.objectCreator", "roles/storage.objectViewer"]) # neither may delete or replace

  bucket = google_storage_bucket.ledger.name
  role   = each.value
  member = module.function["coordinator"].member
}

resource "google_pubsub_topic_iam_member" "dead_letter" {
  topic  = google_pubsub_topic.dead_letter.id
  role   = "roles/pubsub.publisher"
  member = module.function["coordinator"].member
}

# The sweep, which runs as the coordinator, may see what was staged, why a load failed (failed.json), and how load jobs ended. It may
# also create tasks that call the sources as the scheduler's account.

resource "google_storage_bucket_iam_member" "staging_reader" {
  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectViewer"
  member = module.function["coordinator"].member
}

resource "google_project_iam_custom_role" "job_reader" {
  role_id     = "${local.pipeline.name}_job_reader"
  title       = "${local.name} job reader"
  description = "Reads the state of any job by its id. Every predefined role that allows this allows much more."
  permissions = ["bigquery.jobs.get"]

  depends_on = [google_project_service.this]
}

resource "google_project_iam_member" "job_reader" {
  project = var.project
  role    = google_project_iam_custom_role.job_reader.id
  member  = module.function["coordinator"].member
}

resource "google_cloud_tasks_queue_iam_member" "ask" {
  name     = google_cloud_tasks_queue.ask.name
  location = var.region
  role     = "roles/cloudtasks.enqueuer"
  member   = module.function["coordinator"].member
}

resource "google_service_account_iam_member" "ask_as" {
  service_account_id = google_service_account.scheduler.name
  role               = "roles/iam.serviceAccountUser"
  member             = module.function["coordinator"].member
}

# An operator may call what Cloud Scheduler calls, as the same account. An operator's own login gives no identity token that a
# function accepts.

resource "google_service_account_iam_member" "operator" {
  for_each = toset(var.operators)

  service_account_id = google_service_account.scheduler.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}

# Google's service agents. Pub/Sub moves undeliverable messages: for that it must publish to the dead-letter topic and acknowledge
# in the subscription. Cloud Storage publishes a message for each dropped file.

locals {
  pubsub_agent = "serviceAccount:service-${data.google_project.this.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
}

resource "google_pubsub_topic_iam_member" "dead_letter_agent" {
  topic  = google_pubsub_topic.dead_letter.id
  role   = "roles/pubsub.publisher"
  member = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letter_agent" {
  for_each = {
    coordinator = google_pubsub_subscription.coordinator.id
    drops       = google_pubsub_subscription.drops.id
  }

  subscription = each.value
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

data "google_storage_project_service_account" "agent" {
  depends_on = [google_project_service.this]
}

resource "google_pubsub_topic_iam_member" "storage_agent" {
  topic  = google_pubsub_topic.drops.id
  role   = "roles/pubsub.publisher"
  member = data.google_storage_project_service_account.agent.member
}
