"""The staging stage: all of its own, shaped like production, so that a migration can be tried on it."""

from infra.stages.model import ContainerPlan, DataPlan, NetworkPlan, Stage, Start, Throttle, Zone

STAGING = Stage(
    name="staging",
    service_stage="staging",
    account="222222222222",
    public_name="staging-api.lego-moc.example.com",
    certificate_arn="arn:aws:acm:us-east-1:222222222222:certificate/22222222-2222-2222-2222-222222222222",
    zone=Zone(hosted_zone_id="Z0222222222222222222", name="lego-moc.example.com"),
    origins=("https://staging.lego-moc.example.com",),
    network=NetworkPlan(cidr="10.20.0.0/16", zones=2, nat_gateways=1),
    data=DataPlan(
        database_class="t4g.medium",
        database_storage_gb=50,
        database_multi_az=False,
        database_backup_days=7,
        redis_node="cache.t4g.micro",
        redis_shards=2,
        redis_replicas=0,
        search_node="t3.small.search",
        search_nodes=2,
        search_master_nodes=0,
        search_volume_gb=20,
        assets_cdn=True,
        assets_name="staging-assets.lego-moc.example.com",
        assets_certificate_arn="arn:aws:acm:us-east-1:222222222222:certificate/33333333-3333-3333-3333-333333333333",
    ),
    balancer=None,
    container=ContainerPlan(cpu=512, memory_mb=1024, tasks=2, most_tasks=6, takes_traffic=True),
    start=Start.SNAP_START,
    throttle=Throttle(rate=1000, burst=500, upload_rate=100, upload_burst=50),
    log_days=30,
    keep_data=True,
    load_workers=2,
)
