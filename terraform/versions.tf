terraform {
  required_version = ">= 1.9" # a variable's validation may look at more than the variable

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.0"
    }
  }
}

provider "google" {
  project = var.project
  region  = var.region

  # Budgets are asked for on behalf of a person, whose calls have to be counted to some project: this one.
  billing_project       = var.project
  user_project_override = true

  default_labels = { pipeline = local.name }
}
