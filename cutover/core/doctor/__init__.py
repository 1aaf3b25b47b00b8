"""The preflight's judgement: facts in, findings out."""
