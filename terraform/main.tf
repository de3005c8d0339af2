# The resources follow from coordinator/pipeline.yaml. A source, a table or a schedule is written there, once.

locals {
  root     = "${path.module}/.."
  pipeline = yamldecode(file("${local.root}/coordinator/pipeline.yaml"))
  packages = jsondecode(file("${var.packages}/packages.json"))

  # Names of service accounts and functions cannot contain an underscore.
  name = replace(local.pipeline.name, "_", "-")

  sources = local.pipeline.sources
  models  = [for m in jsondecode(file("${local.root}/coordinator/models/manifest.json")).models : m.name]

  # Every raw table by name, with its source and schema. The first column is the partition's date.
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

# Read during apply, so that the first plan does not call Google.
data "google_project" "this" {
  project_id = var.project

  depends_on = [google_project_service.this]
}
