# What has to be said. No default could be right.

variable "project" {
  description = "Id of the Google Cloud project that everything is made in. It exists, and has a billing account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is not the id of a project, like my-mart-2026; its name and its number are something else."
  }
}

variable "region" {
  description = "Region of everything, data included, like europe-west2. It cannot be changed later without moving the data."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is not a region, like europe-west2: buckets, datasets and functions stand together in one."
  }
}

variable "timezone" {
  description = "Time zone of the schedules, like Europe/London. The same has to stand in coordinator/pipeline.yaml."
  type        = string

  validation {
    condition     = var.timezone == yamldecode(file("${path.module}/../coordinator/pipeline.yaml")).timezone
    error_message = "timezone is not the one in coordinator/pipeline.yaml, by which the coordinator tells what is due. Change either, and run rollcall package again."
  }
}

variable "secrets" {
  description = "Names that the secrets get in Secret Manager, by the environment variable that a function finds them in. Their values are put in by hand."
  type = object({
    MEDIUM_SID     = string
    KIT_API_KEY    = string
    STRIPE_API_KEY = string
  })

  validation {
    condition     = alltrue([for name in values(var.secrets) : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "a secret's name has letters, digits, - and _ only. Its value does not belong here."
  }
  validation {
    condition     = length(distinct(values(var.secrets))) == length(values(var.secrets))
    error_message = "two secrets have the same name."
  }
}

variable "accounts" {
  description = "Which accounts are read, by the environment variable that a function finds them in. None is a secret."
  type = object({
    MEDIUM_USERNAME = string # the author's name on Medium, without the @
    MEDIUM_UID      = string # the value of the cookie uid, the author's id
    SHEETS_ID       = string # the part between /d/ and /edit of the sheet's address
  })
}

# What may be said.

variable "packages" {
  description = "Folder that rollcall package writes: the functions' zips, and packages.json, which names them."
  type        = string
  default     = "../dist"
}

variable "environment" {
  description = "More settings of functions, by the function's name, like {sheets = {SHEETS_RANGE = \"Boosts!A1:D500\"}}. Each function's README lists its own. No secrets."
  type        = map(map(string))
  default     = {}
}

variable "runtime" {
  description = "Runtime that the functions are built for and run on. Not older than the go line of go.mod."
  type        = string
  default     = "go126"
}

variable "operators" {
  description = "Who may ask the sources and have the coordinator sweep, by rollcall replay and rollcall backfill, like [\"user:you@example.com\"]. Whoever owns the project has all other rights that these need, but not this one."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.operators : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", member))])
    error_message = "an operator is a member as IAM names it, like user:you@example.com."
  }
}

variable "alert_email" {
  description = "Address that alerts go to. Null: they are only shown in Cloud Monitoring."
  type        = string
  default     = null
}

variable "alert_gib_billed_per_day" {
  description = "GiB that queries may be billed for within 24 hours before somebody is told."
  type        = number
  default     = 50
}

variable "billing_account" {
  description = "Id of the billing account, like 012345-6789AB-CDEF01, for a budget. Null: there is no budget."
  type        = string
  default     = null
}

variable "budget_per_month" {
  description = "The budget of a month in the billing account's currency, whole units. A budget tells; it stops nothing."
  type        = number
  default     = 10
}

variable "staging_days" {
  description = "Days that staged files are kept. A past day of a snapshot source can be loaded again for as long."
  type        = number
  default     = 400
}

variable "ledger_retention_days" {
  description = "Days that nobody may delete or replace an object of the ledger. The policy is not locked: an owner of the project can take it off."
  type        = number
  default     = 3650
}

variable "protect_data" {
  description = "Whether terraform refuses to destroy the raw tables, the ledger and the drops. Set it to false, and apply, before you take everything down."
  type        = bool
  default     = true
}
