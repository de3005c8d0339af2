# Required settings. No default could be right for them.

variable "project" {
  description = "Id of the Google Cloud project to deploy to. It must exist and have a billing account."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project must be the id of a project, like my-mart-2026, not its name or its number."
  }
}

variable "region" {
  description = "Region of all resources and data, like europe-west1. Changing it later means moving the data. Some projects may build functions only in certain regions: see README.md."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region must be a single region, like europe-west1: buckets, datasets and functions are all in one region."
  }
}

variable "timezone" {
  description = "Time zone of the schedules, like Europe/London. It must equal timezone in coordinator/pipeline.yaml."
  type        = string

  validation {
    condition     = var.timezone == yamldecode(file("${path.module}/../coordinator/pipeline.yaml")).timezone
    error_message = "timezone differs from the one in coordinator/pipeline.yaml, which the coordinator uses for due times. Change one of them, and run rollcall package again."
  }
}

variable "secrets" {
  description = "Names of the secrets in Secret Manager, by the environment variable that holds the secret in a function. The values are added by hand."
  type = object({
    MEDIUM_SID     = string
    KIT_API_KEY    = string
    STRIPE_API_KEY = string
  })

  validation {
    condition     = alltrue([for name in values(var.secrets) : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "a secret's name may only contain letters, digits, - and _. Its value does not belong here."
  }
  validation {
    condition     = length(distinct(values(var.secrets))) == length(values(var.secrets))
    error_message = "two secrets have the same name."
  }
}

variable "accounts" {
  description = "The accounts to read, by the environment variable that a function reads. None of them is a secret."
  type = object({
    MEDIUM_USERNAME = string # the author's name on Medium, without the @
    MEDIUM_UID      = string # the value of the cookie uid, the author's id
    SHEETS_ID       = string # the part between /d/ and /edit of the sheet's address
  })
}

# Optional settings.

variable "packages" {
  description = "Folder that rollcall package writes. It holds the functions' zips, and packages.json, which lists them."
  type        = string
  default     = "../dist"
}

variable "environment" {
  description = "Additional settings of functions, by the function's name, like {sheets = {SHEETS_RANGE = \"Boosts!A1:D500\"}}. Each function's README lists its settings. Do not put secrets here."
  type        = map(map(string))
  default     = {}

  validation {
    condition = alltrue([for name in keys(var.environment) :
      contains(concat(["coordinator", "sweep"], keys(yamldecode(file("${path.module}/../coordinator/pipeline.yaml")).sources)), name)
    ])
    error_message = "environment has settings for a function that does not exist. A function has the name of its source in coordinator/pipeline.yaml, or is coordinator or sweep."
  }
}

variable "runtime" {
  description = "Runtime of the functions. It must not be older than the go line of go.mod."
  type        = string
  default     = "go126"
}

variable "operators" {
  description = "Who may call the sources and the sweep, as rollcall replay and rollcall backfill do, like [\"user:you@example.com\"]. An owner of the project has all other rights that these commands need, but not this one."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for member in var.operators : can(regex("^(user|group|serviceAccount):[^@ ]+@[^@ ]+$", member))])
    error_message = "an operator must be an IAM member, like user:you@example.com."
  }
}

variable "alert_email" {
  description = "Email address for alerts. Null: alerts are only shown in Cloud Monitoring."
  type        = string
  default     = null
}

variable "alert_gib_billed_per_day" {
  description = "GiB that queries may be billed for within 24 hours before an alert is sent."
  type        = number
  default     = 50
}

variable "billing_account" {
  description = "Id of the billing account, like 012345-6789AB-CDEF01, for a budget. Null: no budget is created."
  type        = string
  default     = null
}

variable "budget_per_month" {
  description = "Monthly budget in whole units of the billing account's currency. A budget only sends alerts; it stops nothing."
  type        = number
  default     = 10
}

# A source compares each load with an earlier one that is still staged: of the same day, or else of the newest of the 35 days before
# (earlierReach in shared/source/earlier.go); a month is compared with the month before. The sweep finds lost loads of the last 35
# days (SWEEP_DAYS). So files must be kept for at least 35 days.
variable "staging_days" {
  description = "Days that staged files are kept, at least 35. For that long, a past day of a snapshot source can be loaded again, and a refused load can be accepted."
  type        = number
  default     = 400

  validation {
    condition     = var.staging_days >= 35
    error_message = "staging_days must be at least 35: a source compares a month's load with the load of the month before, and the sweep looks for lost loads of the last 35 days."
  }
}

variable "ledger_retention_days" {
  description = "Days that objects of the ledger cannot be deleted or replaced. The policy is not locked: an owner of the project can remove it."
  type        = number
  default     = 3650
}

variable "protect_data" {
  description = "Whether Terraform refuses to destroy the raw tables and the staging, ledger and drops buckets. To destroy everything, first set it to false and apply."
  type        = bool
  default     = true
}
