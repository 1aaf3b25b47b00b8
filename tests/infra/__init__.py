"""The templates: what is deployed, and what never may be."""
