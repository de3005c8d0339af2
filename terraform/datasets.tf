resource "google_bigquery_dataset" "raw" {
  dataset_id  = "raw"
  location    = var.region
  description = "What the sources loaded, as they told it. One table for each thing that a source tells of, a partition for each day or month."

  depends_on = [google_project_service.this]
}

resource "google_bigquery_dataset" "staging" {
  dataset_id                  = "staging"
  location                    = var.region
  description                 = "Results of models that are being checked. Every table is gone a day after it was made."
  default_table_expiration_ms = 24 * 60 * 60 * 1000
  delete_contents_on_destroy  = true

  depends_on = [google_project_service.this]
}

resource "google_bigquery_dataset" "mart" {
  dataset_id  = "mart"
  location    = var.region
  description = "The published models, for reports and dashboards. The coordinator makes the tables."

  depends_on = [google_project_service.this]
}

# The schema files are what the functions check rows by. A function adds a new nullable column to its table when it runs, and
# terraform adds the same one from the same file, whichever comes first; so no change of schema is ignored here. Any other
# change would mean a new table, which deletion_protection refuses.

resource "google_bigquery_table" "raw" {
  for_each = local.tables

  dataset_id          = google_bigquery_dataset.raw.dataset_id
  table_id            = each.key
  description         = each.value.description
  schema              = file(each.value.schema_file)
  clustering          = each.value.cluster_by
  deletion_protection = var.protect_data

  time_partitioning {
    type  = each.value.grain
    field = each.value.partition
  }
}
