# What is made follows from coordinator/pipeline.yaml: a source, a table or a schedule is written there, once.

locals {
  root     = "${path.module}/.."
  pipeline = yamldecode(file("${local.root}/coordinator/pipeline.yaml"))
  packages = jsondecode(file("${var.packages}/packages.json"))

  # Service accounts and functions may not have an underscore in their names.
  name = replace(local.pipeline.name, "_", "-")

  sources = local.pipeline.sources
  models  = [for m in jsondecode(file("${local.root}/coordinator/models/manifest.json")).models : m.name]

  # Every raw table by its name, with its source and its columns. The first column is the partition's date.
  tables = merge([
    for source, s in local.sources : {
      for table, t in s.tables : table => {
        source      = source
        description = t.description
        schema_file = "${local.root}/functions/${source}/schema/${table}.json"
        partition   = jsondecode(file("${local.root}/functions/${source}/schema/${table}.json"))[0].name
        grain       = s.cadence == "monthly" ? "MONTH" : "DAY"
        cluster_by  = try(t.cluster_by, null)
      }
    }
  ]...)
}

# Asked when it is first needed, so that a first plan takes no call to Google.
data "google_project" "this" {
  project_id = var.project

  depends_on = [google_project_service.this]
}
