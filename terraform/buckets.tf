# The functions' zips, and the images built from them.

resource "google_storage_bucket" "sources" {
  name                        = "${var.project}-${local.name}-sources"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = true # rollcall package builds the zips again

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  depends_on = [google_project_service.this]
}

resource "google_artifact_registry_repository" "images" {
  repository_id = "${local.name}-functions"
  location      = var.region
  format        = "DOCKER"
  description   = "Images of the functions, built by Cloud Build."

  cleanup_policies {
    id     = "keep-the-newest"
    action = "KEEP"
    most_recent_versions {
      keep_count = 2
    }
  }
  cleanup_policies {
    id     = "delete-the-rest"
    action = "DELETE"
    condition {
      older_than = "604800s" # a week
    }
  }

  depends_on = [google_project_service.this]
}

# What the sources have read. BigQuery loads it from here, and a past day can be loaded again from here.

resource "google_storage_bucket" "staging" {
  name                        = "${var.project}-${local.name}-staging"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect_data # the only copy of past snapshots besides the raw tables

  soft_delete_policy {
    retention_duration_seconds = 0
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      age = var.staging_days
    }
  }

  depends_on = [google_project_service.this]
}

# The coordinator's ledger: objects that are created once and never changed. The coordinator has no right to delete them. The
# retention policy also stops those who have that right. The coordinator knows only what it can list, so nothing here may hide or
# delete a live object: no versioning and no lifecycle rule. Soft delete keeps Google's default: it only concerns deleted objects.

resource "google_storage_bucket" "ledger" {
  name                        = "${var.project}-${local.name}-ledger"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect_data

  # With versioning, deleting an object under retention succeeds: the object becomes noncurrent, and is no longer listed. Written
  # as false because Terraform leaves an existing bucket's versioning on when the block is missing.
  # https://cloud.google.com/storage/docs/bucket-lock
  versioning {
    enabled = false
  }

  retention_policy {
    retention_period = tostring(var.ledger_retention_days * 86400) # seconds
    is_locked        = false
  }

  depends_on = [google_project_service.this]
}

# The bucket where the user drops downloaded files.

resource "google_storage_bucket" "drops" {
  name                        = "${var.project}-${local.name}-drops"
  location                    = var.region
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = !var.protect_data

  versioning {
    enabled = true # dropping a file over another does not lose the older one
  }

  lifecycle_rule {
    action {
      type = "Delete"
    }
    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = 90
    }
  }

  depends_on = [google_project_service.this]
}
