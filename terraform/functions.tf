# A function for each source of pipeline.yaml, the coordinator, and the coordinator's sweep. A source's settings are those whose
# names begin with its own, like KIT_API_KEY.

locals {
  # Settings of every function (shared/cloud).
  environment = {
    GOOGLE_CLOUD_PROJECT = var.project
    BIGQUERY_LOCATION    = var.region
    PIPELINE             = local.pipeline.name
    EVENTS_TOPIC         = google_pubsub_topic.loaded.name
  }

  # What only terraform knows.
  known_here = {
    sheets = { SHEETS_SERVICE_ACCOUNT = "${local.name}-sheets@${var.project}.iam.gserviceaccount.com" }
    drops  = { DROPS_BUCKET = google_storage_bucket.drops.name }
  }

  functions = merge(
    {
      for source, s in local.sources : source => {
        description = s.description
        environment = merge(
          {
            STAGING_BUCKET = google_storage_bucket.staging.name
            # yamldecode turns an unquoted day into a timestamp.
            PIPELINE_SOURCE = jsonencode({ (source) = merge(s, try({ start = substr(s.start, 0, 10) }, {})) })
          },
          { for setting, value in var.accounts : setting => value if startswith(setting, "${upper(source)}_") },
          lookup(local.known_here, source, {}),
        )
        secrets = {
          for setting, name in var.secrets : setting => google_secret_manager_secret.this[setting].secret_id
          if startswith(setting, "${upper(source)}_")
        }
        # Medium is asked once a second and Kit twice, so a run may take long, and two at once would ask too often.
        timeout_seconds = source == "drops" ? 600 : 1800
        max_instances   = 1
        concurrency     = 1
        invokers        = source == "drops" ? { push = google_service_account.push.member } : { scheduler = google_service_account.scheduler.member }
      }
    },
    {
      coordinator = {
        description = "Calls the roll: runs a model when all that it reads has arrived."
        environment = {
          LEDGER_BUCKET     = google_storage_bucket.ledger.name
          DEAD_LETTER_TOPIC = google_pubsub_topic.dead_letter.name
        }
        secrets = {}
        # As long as Pub/Sub waits. Its own DEADLINE ends a request a minute before. It mostly waits for BigQuery, so
        # that one instance can handle several events.
        timeout_seconds = 600
        max_instances   = 3
        concurrency     = 16
        invokers        = { push = google_service_account.push.member }
      }
    },
  )
}

module "function" {
  source   = "./modules/function"
  for_each = local.functions

  name            = "${local.name}-${each.key}"
  description     = each.value.description
  location        = var.region
  runtime         = var.runtime
  entry_point     = title(each.key)
  package         = "${var.packages}/${local.packages[each.key].file}"
  sources_bucket  = google_storage_bucket.sources.name
  repository      = google_artifact_registry_repository.images.id
  build_account   = google_service_account.build.id
  environment     = merge(local.environment, each.value.environment, lookup(var.environment, each.key, {}))
  secrets         = each.value.secrets
  timeout_seconds = each.value.timeout_seconds
  max_instances   = each.value.max_instances
  concurrency     = each.value.concurrency
  invokers        = each.value.invokers

  # A build begins at once, and needs its rights.
  depends_on = [
    google_project_service.this,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_sources,
    google_storage_bucket_iam_member.build_sources,
    google_artifact_registry_repository_iam_member.build_images,
  ]
}

# The sweep is the coordinator's code by another entry point, and runs as it: one that takes over a query has to read what the
# other's query has found, which BigQuery shows only to the account that asked. It stands apart from the functions above because
# it is told their addresses.

module "sweep" {
  source = "./modules/function"

  name        = "${local.name}-sweep"
  description = "Looks after the pipeline by the clock: finds lost loads, moves on what can move, reports and asks for what is overdue."
  location    = var.region
  runtime     = var.runtime
  entry_point = "Sweep"
  package     = "${var.packages}/${local.packages["coordinator"].file}"
  twin = {
    service_account = module.function["coordinator"].service_account
    member          = module.function["coordinator"].member
    object          = module.function["coordinator"].object
  }
  sources_bucket = google_storage_bucket.sources.name
  repository     = google_artifact_registry_repository.images.id
  build_account  = google_service_account.build.id
  environment = merge(
    local.environment,
    local.functions["coordinator"].environment,
    {
      STAGING_BUCKET = google_storage_bucket.staging.name
      LOAD_QUEUE     = google_cloud_tasks_queue.ask.id
      LOAD_ACCOUNT   = google_service_account.scheduler.email
      SOURCE_URLS    = jsonencode({ for source in keys(local.scheduled) : source => module.function[source].uri })
    },
    lookup(var.environment, "coordinator", {}),
    lookup(var.environment, "sweep", {}),
  )
  secrets         = {}
  timeout_seconds = 600
  max_instances   = 1
  concurrency     = 4 # a person's wish beside the clock's
  invokers        = { scheduler = google_service_account.scheduler.member }

  depends_on = [
    google_project_service.this,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_sources,
    google_storage_bucket_iam_member.build_sources,
    google_artifact_registry_repository_iam_member.build_images,
  ]
}
