"""CloudWatch Logs: groups and streams of events, their patterns, Logs Insights, and the metrics embedded in lines."""
