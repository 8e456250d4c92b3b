# Cloud Run and API Gateway log every request with its whole address: what people search for, the codes and states of
# their sign-ins. Those lines are not kept; the doors' own say all that is needed (shared/log.py).
resource "google_logging_project_exclusion" "requests" {
  name        = "requests"
  description = "Addresses of requests hold what people search for"
  filter      = "log_id(\"run.googleapis.com/requests\") OR log_id(\"apigateway.googleapis.com/requests\")"
  depends_on  = [google_project_service.this]
}
