variable "name" {
  description = "Name of the function, of its Cloud Run service and of its service account: 6 to 30 lower-case letters, digits and dashes."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.name))
    error_message = "a function's name must have 6 to 30 lower-case letters, digits and dashes, because its service account has the same name."
  }
}

variable "description" {
  description = "What the function does."
  type        = string
}

variable "location" {
  description = "Region of the function."
  type        = string
}

variable "runtime" {
  description = "Runtime, like go126."
  type        = string
}

variable "entry_point" {
  description = "Name that the code registers with functions.HTTP."
  type        = string
}

variable "package" {
  description = "Path of the zip with the source code. Its file name contains the hash of its content, so the function is deployed again only when its code has changed."
  type        = string
}

variable "sources_bucket" {
  description = "Bucket that the zip is uploaded to."
  type        = string
}

variable "repository" {
  description = "Id of the Artifact Registry repository for the image."
  type        = string
}

variable "build_account" {
  description = "Id of the service account that builds the function."
  type        = string
}

variable "build_environment" {
  description = "Environment variables of the build, as packages.json lists them for the package."
  type        = map(string)
}

variable "environment" {
  description = "Environment variables of the function."
  type        = map(string)
}

variable "secrets" {
  description = "Secret environment variables: for each variable, the id of the secret whose latest version it holds."
  type        = map(string)
}

variable "timeout_seconds" {
  description = "How long a request may take, in seconds."
  type        = number
}

variable "max_instances" {
  description = "Maximum number of instances."
  type        = number
}

variable "concurrency" {
  description = "Maximum number of concurrent requests to one instance."
  type        = number
}

variable "primary" {
  description = "The function whose code and identity this one shares as a second entry point: its service account, the account as an IAM member, and the object with the code. This function then has no secrets of its own. Null: it has its own service account and package."
  type = object({
    service_account = string
    member          = string
    object          = string
  })
  default = null
}

variable "invokers" {
  description = "IAM members that may call the function, each by a name."
  type        = map(string)
}
