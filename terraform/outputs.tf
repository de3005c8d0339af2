output "functions" {
  description = "Addresses of the functions. A caller needs an identity token and the role Cloud Run Invoker."
  value       = merge({ for name, function in module.function : name => function.uri }, { sweep = module.sweep.uri })
}

output "drops_bucket" {
  description = "Where to put downloaded files: gs://<this>/drops/<name>/<anything>.json."
  value       = google_storage_bucket.drops.name
}

output "staging_bucket" {
  description = "Bucket that holds what the sources have read."
  value       = google_storage_bucket.staging.name
}

output "ledger_bucket" {
  description = "Bucket of the coordinator's ledger."
  value       = google_storage_bucket.ledger.name
}

output "share_sheet_with" {
  description = "Service account to share the sheet with, as a viewer."
  value       = module.function["sheets"].service_account
}

# https://developers.google.com/looker-studio/integrate/linking-api, "BigQuery"
output "looker_studio" {
  description = "Links that start a Looker Studio report on a mart table. A link works once its table is published."
  value = {
    for model in concat(local.models, ["freshness"]) : model => join("&", [
      "https://lookerstudio.google.com/reporting/create?ds.connector=bigQuery",
      "ds.type=TABLE",
      "ds.projectId=${var.project}",
      "ds.datasetId=${google_bigquery_dataset.mart.dataset_id}",
      "ds.tableId=${model}",
    ])
  }
}

output "next" {
  description = "What to do next."
  value       = <<-EOT
    1. Share the sheet with ${module.function["sheets"].service_account} (Viewer).
    2. Load the newest day now, without waiting for the morning:
           for source in ${join(" ", keys(local.scheduled))}; do
             gcloud scheduler jobs run ${local.name}-$source --location=${var.region} --project=${var.project}
           done
    3. See how fresh each model is:
           bq query --use_legacy_sql=false 'SELECT * FROM mart.freshness ORDER BY model'
    4. Open a link of `terraform output looker_studio`.
  EOT
}
