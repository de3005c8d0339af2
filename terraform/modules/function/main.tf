# One deployed function with its own service account, which may only read the function's secrets. ../../iam.tf grants everything
# else. A second entry point of the same code can share the package and the account of its primary function.

locals {
  account = var.primary == null ? google_service_account.this[0].email : var.primary.service_account
  member  = var.primary == null ? google_service_account.this[0].member : var.primary.member
  object  = var.primary == null ? google_storage_bucket_object.package[0].name : var.primary.object
}

resource "google_service_account" "this" {
  count = var.primary == null ? 1 : 0

  account_id   = var.name
  display_name = var.name
  description  = var.description
}

resource "google_storage_bucket_object" "package" {
  count = var.primary == null ? 1 : 0

  name   = basename(var.package)
  bucket = var.sources_bucket
  source = var.package
}

resource "google_secret_manager_secret_iam_member" "reader" {
  for_each = var.secrets

  secret_id = each.value
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member
}

resource "google_cloudfunctions2_function" "this" {
  name        = var.name
  description = var.description
  location    = var.location

  build_config {
    runtime           = var.runtime
    entry_point       = var.entry_point
    service_account   = var.build_account
    docker_repository = var.repository

    # Settings of the buildpack. The tests of rollcall package build with the same ones.
    environment_variables = var.build_environment

    source {
      storage_source {
        bucket = var.sources_bucket
        object = local.object
      }
    }
  }

  service_config {
    service_account_email            = local.account
    environment_variables            = var.environment
    available_memory                 = "512Mi"
    available_cpu                    = "1"
    timeout_seconds                  = var.timeout_seconds
    min_instance_count               = 0 # an idle function costs nothing
    max_instance_count               = var.max_instances
    max_instance_request_concurrency = var.concurrency

    # An operator may call it from anywhere with an identity token. IAM alone decides who may call.
    ingress_settings = "ALLOW_ALL"

    dynamic "secret_environment_variables" {
      for_each = var.secrets
      content {
        key        = secret_environment_variables.key
        project_id = google_service_account.this[0].project
        secret     = secret_environment_variables.value
        version    = "latest" # read when an instance starts
      }
    }
  }

  # Without this right, the first instance does not start and the deployment fails.
  depends_on = [google_secret_manager_secret_iam_member.reader]
}

# A second-generation function is called through the Cloud Run service of the same name.

resource "google_cloud_run_v2_service_iam_member" "invoker" {
  for_each = var.invokers

  name     = google_cloudfunctions2_function.this.name
  location = var.location
  role     = "roles/run.invoker"
  member   = each.value
}
