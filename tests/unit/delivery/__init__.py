"""How the project is delivered: workflows, what they run, what they decide."""
