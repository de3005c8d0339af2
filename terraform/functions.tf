# One function for each source of pipeline.yaml, the coordinator, and the sweep. A setting belongs to the source whose name its
# own name begins with: KIT_API_KEY belongs to kit.

locals {
  # Settings of every function. Package shared/cloud reads them.
  environment = {
    GOOGLE_CLOUD_PROJECT = var.project
    BIGQUERY_LOCATION    = var.region
    PIPELINE             = local.pipeline.name
    EVENTS_TOPIC         = google_pubsub_topic.loaded.name
  }

  # Settings of single sources that follow from other resources.
  derived = {
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
            # The source's section of pipeline.yaml. A change there redeploys this setting, not the code. yamldecode turns an
            # unquoted day into a timestamp, which substr turns back into a day.
            PIPELINE_SOURCE = jsonencode({ (source) = merge(s, try({ start = substr(s.start, 0, 10) }, {})) })
          },
          { for setting, value in var.accounts : setting => value if startswith(setting, "${upper(source)}_") },
          lookup(local.derived, source, {}),
        )
        secrets = {
          for setting, name in var.secrets : setting => google_secret_manager_secret.this[setting].secret_id
          if startswith(setting, "${upper(source)}_")
        }
        # Medium gets one request a second and Kit two, so a run can take long. Two runs at a time would exceed these rates.
        timeout_seconds = source == "drops" ? 600 : 1800
        max_instances   = 1
        concurrency     = 1
        invokers        = source == "drops" ? { push = google_service_account.push.member } : { scheduler = google_service_account.scheduler.member }
      }
    },
    {
      coordinator = {
        description = "Calls the roll: runs a model when all its inputs have arrived."
        environment = {
          LEDGER_BUCKET     = google_storage_bucket.ledger.name
          DEAD_LETTER_TOPIC = google_pubsub_topic.dead_letter.name
        }
        secrets = {}
        # The same time that Pub/Sub waits for a response. The coordinator's own DEADLINE ends a request a minute earlier.
        # A request mostly waits for BigQuery, so one instance can handle several events.
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

  name              = "${local.name}-${each.key}"
  description       = each.value.description
  location          = var.region
  runtime           = var.runtime
  entry_point       = title(each.key)
  package           = "${var.packages}/${local.packages[each.key].file}"
  sources_bucket    = google_storage_bucket.sources.name
  repository        = google_artifact_registry_repository.images.id
  build_account     = google_service_account.build.id
  build_environment = local.packages[each.key].build_environment
  environment       = merge(local.environment, each.value.environment, lookup(var.environment, each.key, {}))
  secrets           = each.value.secrets
  timeout_seconds   = each.value.timeout_seconds
  max_instances     = each.value.max_instances
  concurrency       = each.value.concurrency
  invokers          = each.value.invokers

  # A build starts immediately and needs its permissions.
  depends_on = [
    google_project_service.this,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_sources,
    google_storage_bucket_iam_member.build_sources,
    google_artifact_registry_repository_iam_member.build_images,
  ]
}

# The sweep is a second entry point of the coordinator's code. It runs as the coordinator's service account, because a process
# that takes over a query must read the query's result, and BigQuery shows a result only to the account that started the query.
# The sweep is not one of the functions above because it needs their addresses as a setting.

module "sweep" {
  source = "./modules/function"

  name        = "${local.name}-sweep"
  description = "Checks the pipeline every 15 minutes: finds lost loads, starts what can start, reports overdue data and requests it again."
  location    = var.region
  runtime     = var.runtime
  entry_point = "Sweep"
  package     = "${var.packages}/${local.packages["coordinator"].file}"
  primary = {
    service_account = module.function["coordinator"].service_account
    member          = module.function["coordinator"].member
    object          = module.function["coordinator"].object
  }
  sources_bucket    = google_storage_bucket.sources.name
  repository        = google_artifact_registry_repository.images.id
  build_account     = google_service_account.build.id
  build_environment = local.packages["coordinator"].build_environment
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
  concurrency     = 4 # an operator may request a sweep while a scheduled one runs
  invokers        = { scheduler = google_service_account.scheduler.member }

  depends_on = [
    google_project_service.this,
    google_project_iam_member.build_logs,
    google_project_iam_member.build_sources,
    google_storage_bucket_iam_member.build_sources,
    google_artifact_registry_repository_iam_member.build_images,
  ]
}
