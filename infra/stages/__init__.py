"""The stages: one frozen value each says all in which deployments differ."""
