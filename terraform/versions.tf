terraform {
  required_version = ">= 1.9" # a variable's validation may refer to other values than the variable

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.31" # in older versions, a removed column makes apply fail: see datasets.tf
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # The budget API needs a project that its calls count against, because a user makes them. It is this project.
  billing_project       = var.project
  user_project_override = true

  default_labels = { pipeline = local.name }
}
