variable "project" {
  description = "Id of the project. Gmail wants its topic in the project that owns the OAuth client, so that is this one."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project))
    error_message = "project is a project id (6 to 30 lower-case letters, digits and hyphens), not a name or number."
  }
}

variable "region" {
  description = "Where the doors, the queues and the keys are."
  type        = string
  default     = "us-central1"

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "region is a region such as us-central1, not a zone or a multi-region."
  }
}

variable "firestore_location" {
  description = "Where the databases are, for ever: a region, or nam5 or eur3. Empty: the region."
  type        = string
  default     = ""
}

variable "gateway_region" {
  description = "Where API Gateway is; it exists in few regions. Empty: the region."
  type        = string
  default     = ""
}

variable "image" {
  description = "The image of the doors that exist from now on; empty before the first build, and then there are no doors. Later builds move the doors by themselves (cloudbuild.yaml)."
  type        = string
  default     = ""

  validation {
    condition     = var.image == "" || can(regex("^[a-z0-9-]+-docker[.]pkg[.]dev/.+[:@].+$", var.image))
    error_message = "image is an image of Artifact Registry with a tag or digest, …-docker.pkg.dev/…/doors:…"
  }
}

variable "public_url" {
  description = "Where browsers reach the gateway. Empty before there is a gateway, whose address Google chooses (output gateway_url)."
  type        = string
  default     = ""

  validation {
    condition     = var.public_url == "" || can(regex("^https://[^/]+$", var.public_url))
    error_message = "public_url begins with https:// and has no path, nor a slash at its end."
  }
}

variable "oauth_client_id" {
  description = "Id of the OAuth client (kind: Web application) that was made by hand in this project. Its secret never comes here."
  type        = string

  validation {
    condition     = endswith(var.oauth_client_id, ".apps.googleusercontent.com")
    error_message = "oauth_client_id ends with .apps.googleusercontent.com."
  }
}

variable "sizes" {
  description = "What instances of a family of doors (local.families) get, where it is not the usual."
  type = map(object({
    memory        = optional(string)
    cpu           = optional(string)
    concurrency   = optional(number)
    timeout       = optional(number)
    min_instances = optional(number)
    max_instances = optional(number)
  }))
  default = {}

  validation {
    condition     = length(setsubtract(keys(var.sizes), keys(local.families))) == 0
    error_message = "sizes names a family that does not exist; there are: ${join(", ", keys(local.families))}."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : try(size.timeout == null || (size.timeout >= 1 && size.timeout <= 600), false)])
    error_message = "A timeout is 1 to 600 seconds: Pub/Sub waits no longer for an acknowledgement."
  }
  validation {
    condition     = alltrue([for size in values(var.sizes) : try(size.concurrency == null || size.concurrency == 1 || (size.cpu == null ? true : tonumber(size.cpu) >= 1), false)])
    error_message = "More than one request at a time needs a whole CPU."
  }
}

variable "limits" {
  description = "Settings of shared/config.py that are not the usual, such as UNITS_PER_MINUTE."
  type        = map(string)
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.limits), local.limits)) == 0
    error_message = "limits names what no door reads; there are: ${join(", ", local.limits)}."
  }
  validation {
    condition     = alltrue([for value in values(var.limits) : can(regex("^[0-9]+$", value))])
    error_message = "limits are whole numbers."
  }
}

locals {
  limits = [
    "CONCURRENCY",
    "POLL_AFTER_MS",
    "PROJECT_UNITS_PER_DAY",
    "PROJECT_UNITS_PER_MINUTE",
    "PROXIES",
    "READINGS_PER_MINUTE",
    "SEARCHES_PER_MINUTE",
    "SETTLING_MS",
    "SIGN_INS_PER_MINUTE",
    "STEP_MS",
    "SUGGESTIONS_PER_MINUTE",
    "UNITS_PER_MINUTE",
  ]
}

variable "alert_email" {
  description = "Who is told of alerts and of the budget. Empty: alerts are only shown."
  type        = string
  default     = ""

  validation {
    condition     = var.alert_email == "" || can(regex("^[^@ ]+@[^@ ]+$", var.alert_email))
    error_message = "alert_email is one e-mail address."
  }
}

variable "runbook_url" {
  description = "Where docs/operations.md can be read in a browser: alerts link to its sections. Empty: they bring the text only."
  type        = string
  default     = ""

  validation {
    condition     = var.runbook_url == "" || can(regex("^https://[^# ]+$", var.runbook_url))
    error_message = "runbook_url begins with https:// and has no #."
  }
}

variable "billing_account" {
  description = "Id of the billing account, for the budget. Empty: no budget."
  type        = string
  default     = ""

  validation {
    condition     = var.billing_account == "" || can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.billing_account))
    error_message = "billing_account looks like 0A1B2C-3D4E5F-678901."
  }
}

variable "monthly_budget" {
  description = "What a month may cost before somebody is told, in whole units of the billing account's currency."
  type        = number
  default     = 100

  validation {
    condition     = var.monthly_budget >= 1 && floor(var.monthly_budget) == var.monthly_budget
    error_message = "monthly_budget is a whole number, 1 or more."
  }
}

variable "max_delivery_attempts" {
  description = "After how many failures an event goes to the dead letters. What it stood for is done by the sweep all the same."
  type        = number
  default     = 20

  validation {
    condition     = var.max_delivery_attempts >= 5 && var.max_delivery_attempts <= 100
    error_message = "Pub/Sub takes 5 to 100 attempts."
  }
}

variable "is_deletable" {
  description = "Whether Terraform may delete databases and doors. For a project that is only tried out."
  type        = bool
  default     = false
}
