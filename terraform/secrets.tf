# Secrets without values. The values are added with gcloud (see README.md), so they are in no file and in no state. Only the source
# that a secret belongs to can read it: see modules/function.

resource "google_secret_manager_secret" "this" {
  for_each = tomap(var.secrets)

  secret_id = each.value

  replication {
    auto {}
  }

  depends_on = [google_project_service.this]
}
