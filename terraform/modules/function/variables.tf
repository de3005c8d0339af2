variable "name" {
  description = "Name of the function, of the service that it runs as, and of its service account: 6 to 30 letters, digits and dashes."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.name))
    error_message = "a function's name is also its service account's: 6 to 30 lower-case letters, digits and dashes."
  }
}

variable "description" {
  description = "What the function is for."
  type        = string
}

variable "location" {
  description = "Region that it runs in."
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
  description = "Path of the zip with the source code. Its file name has the content's hash, so that the function is deployed again when the code has changed, and only then."
  type        = string
}

variable "sources_bucket" {
  description = "Bucket that the zip is put into."
  type        = string
}

variable "repository" {
  description = "Id of the Artifact Registry repository for the image."
  type        = string
}

variable "build_account" {
  description = "Id of the service account that builds."
  type        = string
}

variable "environment" {
  description = "Environment variables."
  type        = map(string)
}

variable "secrets" {
  description = "Secret environment variables: the variable, and the id of the secret whose latest version it holds."
  type        = map(string)
}

variable "timeout_seconds" {
  description = "How long a request may take."
  type        = number
}

variable "max_instances" {
  description = "How many instances there may be at once."
  type        = number
}

variable "concurrency" {
  description = "How many requests an instance handles at once."
  type        = number
}

variable "twin" {
  description = "Another function that this one is a second entry point of: the account that it runs as, its name in IAM, and the object that has the code. Such a function has no secrets of its own. Null: it has its own identity and package."
  type = object({
    service_account = string
    member          = string
    object          = string
  })
  default = null
}

variable "invokers" {
  description = "Who may call the function: members by a name for each."
  type        = map(string)
}
