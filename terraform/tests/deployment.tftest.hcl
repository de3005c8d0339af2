# Checks with the provider's schemas but without Google. Run `go run ./scripts/rollcall package` at the project's root, then
# `terraform init -backend=false` and `terraform test` in terraform/. The Go tests beside the .tf files check who may do what.

mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
  mock_data "google_storage_project_service_account" {
    defaults = { member = "serviceAccount:service-123456789012@gs-project-accounts.iam.gserviceaccount.com" }
  }
  mock_resource "google_service_account" {
    defaults = {
      email  = "account@demo-mart.iam.gserviceaccount.com"
      member = "serviceAccount:account@demo-mart.iam.gserviceaccount.com"
      name   = "projects/demo-mart/serviceAccounts/account@demo-mart.iam.gserviceaccount.com"
      id     = "projects/demo-mart/serviceAccounts/account@demo-mart.iam.gserviceaccount.com"
    }
  }
  mock_resource "google_cloudfunctions2_function" {
    defaults = { service_config = { uri = "https://function-abc-ew.a.run.app" } }
  }
}

variables {
  project  = "demo-mart"
  region   = "europe-west1"
  timezone = "Europe/London"
  secrets = {
    MEDIUM_SID     = "medium-sid"
    KIT_API_KEY    = "kit-api-key"
    STRIPE_API_KEY = "stripe-api-key"
  }
  accounts = {
    MEDIUM_USERNAME = "yourname"
    MEDIUM_UID      = "0123456789ab"
    SHEETS_ID       = "1aB2cD3eF4gH5"
  }
}

run "creates_everything_from_the_required_settings" {
  command = apply

  assert {
    condition     = toset(keys(google_cloud_scheduler_job.source)) == toset([for name, s in yamldecode(file("../coordinator/pipeline.yaml")).sources : name if can(s.schedule)])
    error_message = "a source of pipeline.yaml that has a schedule has no scheduler job"
  }
  assert {
    condition = alltrue([for bucket in [
      google_storage_bucket.sources, google_storage_bucket.staging, google_storage_bucket.ledger, google_storage_bucket.drops,
    ] : bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced"])
    error_message = "a bucket can be made public"
  }
  assert {
    condition     = !strcontains(jsonencode(google_pubsub_subscription.coordinator.push_config), "allUsers") && google_pubsub_subscription.coordinator.push_config[0].oidc_token[0].audience == google_pubsub_subscription.coordinator.push_config[0].push_endpoint
    error_message = "a push to the coordinator does not carry a token for it"
  }
  assert {
    condition     = google_bigquery_dataset.staging.default_table_expiration_ms == 86400000
    error_message = "staged tables do not expire after a day"
  }
  assert {
    condition     = length(google_billing_budget.month) == 0 && length(google_monitoring_notification_channel.email) == 0
    error_message = "a budget was created without a billing account, or an email channel without an address"
  }
}

run "creates_a_budget_and_an_email_channel_when_set" {
  command = plan
  variables {
    alert_email     = "me@example.com"
    billing_account = "012345-6789AB-CDEF01"
  }

  assert {
    condition     = length(google_billing_budget.month) == 1 && length(google_monitoring_notification_channel.email) == 1
    error_message = "the budget or the email channel is missing"
  }
}

run "refuses_a_project_number" {
  command = plan
  variables {
    project = "123456789012"
  }
  expect_failures = [var.project]
}

run "refuses_a_multi_region" {
  command = plan
  variables {
    region = "EU"
  }
  expect_failures = [var.region]
}

run "refuses_a_time_zone_that_differs_from_the_pipeline" {
  command = plan
  variables {
    timezone = "Pacific/Auckland"
  }
  expect_failures = [var.timezone]
}

run "refuses_two_secrets_with_one_name" {
  command = plan
  variables {
    secrets = {
      MEDIUM_SID     = "same"
      KIT_API_KEY    = "same"
      STRIPE_API_KEY = "stripe-api-key"
    }
  }
  expect_failures = [var.secrets]
}

run "refuses_settings_of_an_unknown_function" {
  command = plan
  variables {
    environment = { sheet = { SHEETS_RANGE = "Boosts!A1:D500" } }
  }
  expect_failures = [var.environment]
}

run "refuses_to_forget_staged_files_within_a_month" {
  command = plan
  variables {
    staging_days = 34
  }
  expect_failures = [var.staging_days]
}

run "refuses_an_operator_that_is_not_an_iam_member" {
  command = plan
  variables {
    operators = ["you@example.com"]
  }
  expect_failures = [var.operators]
}
