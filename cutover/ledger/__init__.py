"""Where the record of everything that `cutover` did and saw is kept: a local file, or a DynamoDB table."""
