"""The Lambda service: execution environments as real processes, synchronous and asynchronous invocations."""
