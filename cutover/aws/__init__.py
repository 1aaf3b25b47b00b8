"""AWS behind the ports: boto3 is imported when a client is first used, and none of its types leaves this package."""
