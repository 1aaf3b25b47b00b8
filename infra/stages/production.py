"""Production: the Lambda side beside what already serves, which is adopted by id and never touched.

The ids are those of no account: put yours in their place. A deploy with these fails at its first call, because the
account is none that credentials can be of.
"""

from infra.stages.model import (
    AdoptedBalancer,
    AdoptedData,
    AdoptedNetwork,
    ContainerPlan,
    Stage,
    Start,
    Throttle,
    Zone,
)

_CREDENTIALS_ARN = "arn:aws:secretsmanager:us-east-1:111111111111:secret:lego-api-db-credentials-production-a1B2c3"

PRODUCTION = Stage(
    name="production",
    service_stage="production",
    account="111111111111",
    public_name="api.lego-moc.example.com",
    certificate_arn="arn:aws:acm:us-east-1:111111111111:certificate/11111111-1111-1111-1111-111111111111",
    zone=Zone(hosted_zone_id="Z0111111111111111111", name="lego-moc.example.com"),
    origins=("https://app.lego-moc.example.com",),
    network=AdoptedNetwork(
        vpc_id="vpc-11111111111111111",
        cidr="10.10.0.0/16",
        availability_zones=("us-east-1a", "us-east-1b"),
        private_subnet_ids=("subnet-1111111111111111a", "subnet-1111111111111111b"),
        public_subnet_ids=("subnet-2222222222222222a", "subnet-2222222222222222b"),
        private_route_table_ids=("rtb-1111111111111111a", "rtb-1111111111111111b"),
    ),
    data=AdoptedData(
        database_instance="lego-projects",
        database_host="lego-projects.c1111111111a.us-east-1.rds.amazonaws.com",
        database_security_group_id="sg-11111111111111111",
        database_secret_arn=_CREDENTIALS_ARN,
        redis_endpoint="rediss://clustercfg.lego-projects.a1b2c3.use1.cache.amazonaws.com:6379",
        redis_cluster=True,
        redis_group="lego-projects",
        redis_nodes=("lego-projects-0001-001", "lego-projects-0002-001"),
        redis_security_group_id="sg-22222222222222222",
        search_endpoint="https://vpc-lego-projects-a1b2c3d4e5f6g7h8i9j0.us-east-1.es.amazonaws.com",
        search_domain_arn="arn:aws:es:us-east-1:111111111111:domain/lego-projects",
        search_security_group_id="sg-33333333333333333",
        bucket="lego-moc-files-production",
        user_pool_id="us-east-1_AbCdEf123",
        user_pool_client_id="1a2b3c4d5e6f7g8h9i0j1k2l3m",
    ),
    balancer=AdoptedBalancer(
        arn="arn:aws:elasticloadbalancing:us-east-1:111111111111:loadbalancer/app/lego-api/50dc6c495c0c9188",
        listener_arn="arn:aws:elasticloadbalancing:us-east-1:111111111111:listener/app/lego-api/50dc6c495c0c9188/f2f7dc8efc522ab2",
        security_group_id="sg-44444444444444444",
        full_name="app/lego-api/50dc6c495c0c9188",
        cluster="lego-projects",
        service="lego-projects-api",
        repositories=("lego-projects-api",),
        access_logs_bucket="lego-projects-access-logs",
        target_group="targetgroup/lego-api/6d0ecf831eec9f09",
    ),
    container=ContainerPlan(cpu=1024, memory_mb=2048, tasks=2, most_tasks=12, takes_traffic=False),
    start=Start.PROVISIONED,
    throttle=Throttle(rate=1000, burst=500, upload_rate=100, upload_burst=50),
    log_days=90,
    keep_data=True,
    load_workers=0,
    alarm_emails=("on-call@lego-moc.example.com",),
)
