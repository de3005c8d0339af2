# The Google Cloud services that the pipeline uses. They stay enabled after terraform destroy, because the project may use them
# for something else too.

locals {
  apis = concat([
    "artifactregistry",
    "bigquery",
    "cloudbuild",
    "cloudfunctions",
    "cloudresourcemanager",
    "cloudscheduler",
    "cloudtasks",
    "iam",
    "logging",
    "monitoring",
    "pubsub",
    "run",
    "secretmanager",
    "sheets",
    "storage",
  ], var.billing_account == null ? [] : ["billingbudgets"])
}

resource "google_project_service" "this" {
  for_each = toset(local.apis)

  service            = "${each.value}.googleapis.com"
  disable_on_destroy = false
}
