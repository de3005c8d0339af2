# Who may do what to which resource. testdata/grants.golden lists what comes of this, as a table. What is not here: the reading
# of a secret, and the calling of a function, which stand in modules/function; and Google's own service agents' roles.

# Identities that only call: Cloud Scheduler and Cloud Tasks the sources and the sweep, Pub/Sub the coordinator and drops.

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

# The identity that builds the functions: Cloud Build reads the source, which Cloud Functions copies into a bucket of its own,
# writes the image, and writes its log.

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

  # Cloud Functions makes this bucket at the first deployment, so that the right cannot be given on the bucket itself.
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

# Every function: run jobs in BigQuery, which gives no right to any table, and publish.

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

# A source: write its own raw tables, and its own folder of the staging bucket.

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
  role   = "roles/storage.objectUser" # an upload that is sent again replaces the object, which takes the right to delete
  member = module.function[each.key].member

  condition {
    title      = "own-folder"
    expression = "resource.name.startsWith(\"projects/_/buckets/${google_storage_bucket.staging.name}/objects/${each.key}/\")"
  }
}

# To list is a right to the bucket, not to objects, so that a folder cannot limit it. It shows names. A load job asks for the
# bucket itself, too.

resource "google_storage_bucket_iam_member" "staging_list" {
  for_each = local.sources

  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.legacyBucketReader"
  member = module.function[each.key].member
}

# drops: read what is dropped, and put aside what cannot be read.

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

# The coordinator: read raw tables, write staging and mart, append to the ledger, put dead letters aside.

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

# Its sweep: find what was staged and what became of the load jobs, and leave asks with Cloud Tasks, to be made as the account that
# the sources let in.

resource "google_storage_bucket_iam_member" "staging_reader" {
  bucket = google_storage_bucket.staging.name
  role   = "roles/storage.objectViewer"
  member = module.function["coordinator"].member
}

resource "google_project_iam_custom_role" "job_reader" {
  role_id     = "${local.pipeline.name}_job_reader"
  title       = "${local.name} job reader"
  description = "See what became of any job, by its id. Every predefined role that may do so may do much more."
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

# A person who looks after the pipeline: call what Cloud Scheduler calls, as the account by which it calls. A person's own login
# gives no identity token that a function takes.

resource "google_service_account_iam_member" "operator" {
  for_each = toset(var.operators)

  service_account_id = google_service_account.scheduler.name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value
}

# Google's own agents: Pub/Sub moves what cannot be delivered, which takes the right to publish it there and to take it from
# here; Cloud Storage tells of drops.

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
