"""What differs from stage to stage, by the names that stand as `${Name}` in the catalogue and in the JSON."""

VARIABLES = {
    "Stage": "the stage's name: dev-NAME, staging, production",
    "Region": "where everything runs",
    "AccountId": "whose it is: OpenSearch's metrics name it",
    "ApiId": "the HTTP API",
    "LoadBalancer": "app/NAME/ID",
    "TargetGroup": "targetgroup/NAME/ID; an adopted service has one if the stage names it",
    "Cluster": "the cluster of ECS",
    "Service": "the service of ECS",
    "DatabaseInstance": "the RDS instance",
    "ProxyName": "the RDS Proxy",
    "SearchDomain": "the OpenSearch domain",
    "RedisNode": "the nodes that hold data, with commas between; alarms are made for each",
    "RedisGroup": "what the names of all Redis nodes begin with; dashboards search for it",
    "DeadLetters": "the queue of what the parser could not do",
    "Pages": "what stands before a runbook's path in links: the repository's address with a slash, or nothing",
    "FunctionName": "one function; alarms are made for each",
}
