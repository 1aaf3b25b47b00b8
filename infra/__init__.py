"""What is deployed; until the stacks are here, the table of Lambda functions that they and the rehearsal read."""
