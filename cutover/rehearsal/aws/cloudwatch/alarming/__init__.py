"""Alarms as CloudWatch evaluates them: what is asked for, the verdict on what was seen, and how it is worded."""
