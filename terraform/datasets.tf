resource "google_bigquery_dataset" "raw" {
  dataset_id  = "raw"
  location    = var.region
  description = "What the sources loaded, unchanged. One table for each kind of record, one partition for each day or month."

  depends_on = [google_project_service.this]
}

resource "google_bigquery_dataset" "staging" {
  dataset_id                  = "staging"
  location                    = var.region
  description                 = "Results of models while they are checked. Every table expires one day after its creation."
  default_table_expiration_ms = 24 * 60 * 60 * 1000
  delete_contents_on_destroy  = true

  depends_on = [google_project_service.this]
}

resource "google_bigquery_dataset" "mart" {
  dataset_id  = "mart"
  location    = var.region
  description = "The published models, for reports and dashboards. The coordinator creates the tables."

  depends_on = [google_project_service.this]
}

# The functions check their rows against the same schema files. A new nullable column is added by the function or by Terraform,
# whichever comes first, so changes of the schema are not ignored here. A column that is no longer in the file stays in the table,
# and older functions load beside it. Any other change needs a new table, and deletion_protection refuses that.

resource "google_bigquery_table" "raw" {
  for_each = local.tables

  dataset_id          = google_bigquery_dataset.raw.dataset_id
  table_id            = each.key
  description         = each.value.description
  schema              = file(each.value.schema_file)
  clustering          = each.value.cluster_by
  deletion_protection = var.protect_data

  # Keeps the columns that the schema file lacks. Without it, a file with one column less makes the provider run ALTER TABLE … DROP
  # COLUMN, which deletion_protection does not stop: going back to an older release would delete data. The provider's page describes
  # the argument only for columns that Google adds, but it holds for every column. In resource_bigquery_table.go (7.31 to 7.45), the
  # update skips the drop when it is set, and the plan leaves out columns that only the table has.
  # https://registry.terraform.io/providers/hashicorp/google/latest/docs/resources/bigquery_table#ignore_auto_generated_schema-1
  ignore_auto_generated_schema = true

  time_partitioning {
    type  = each.value.grain
    field = each.value.partition
  }
}
