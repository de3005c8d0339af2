# Names only. The values are put in with gcloud (see README.md), so that they are in no file and in no state. Each is given to
# its source alone: see modules/function.

resource "google_secret_manager_secret" "this" {
  for_each = tomap(var.secrets)

  secret_id = each.value

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}
