"""The parts that read runbooks and compare outputs; no stack."""
