output "name" {
  description = "Name of the function and of its Cloud Run service."
  value       = google_cloudfunctions2_function.this.name
}

output "uri" {
  description = "Address of the function, and audience of a caller's identity token."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}

output "member" {
  description = "The function's service account as an IAM member."
  value       = local.member
}

output "service_account" {
  description = "Email address of the function's service account."
  value       = local.account
}

output "object" {
  description = "Name of the object that holds the function's zip, in the bucket for sources."
  value       = local.object
}
