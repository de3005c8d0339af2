output "name" {
  description = "Name of the function, and of the service that it runs as."
  value       = google_cloudfunctions2_function.this.name
}

output "uri" {
  description = "Address that it is called at; also the audience of a caller's identity token."
  value       = google_cloudfunctions2_function.this.service_config[0].uri
}

output "member" {
  description = "The function's identity, as IAM names it."
  value       = local.member
}

output "service_account" {
  description = "The address of the function's service account."
  value       = local.account
}

output "object" {
  description = "The object that has its code, in the bucket for sources."
  value       = local.object
}
