"""The rehearsal's front doors in one process: load balancer, HTTP API, Lambda service, and their CloudWatch metrics."""
