"""The development stage: all of its own, small, gone without a trace when its stacks are deleted."""

from infra.stages.model import ContainerPlan, DataPlan, NetworkPlan, Stage, Start, Throttle

DEV = Stage(
    name="dev",
    service_stage="development",
    account=None,
    public_name=None,
    certificate_arn=None,
    zone=None,
    origins=("http://localhost:3002",),
    network=NetworkPlan(cidr="10.30.0.0/16", zones=2, nat_gateways=1),
    data=DataPlan(
        database_class="t4g.micro",
        database_storage_gb=20,
        database_multi_az=False,
        database_backup_days=1,
        redis_node="cache.t4g.micro",
        redis_shards=0,
        redis_replicas=0,
        search_node="t3.small.search",
        search_nodes=1,
        search_master_nodes=0,
        search_volume_gb=20,
        assets_cdn=False,
    ),
    balancer=None,
    container=ContainerPlan(cpu=256, memory_mb=1024, tasks=1, most_tasks=2, takes_traffic=True),
    start=Start.ON_DEMAND,
    throttle=Throttle(rate=1000, burst=500, upload_rate=100, upload_burst=50),
    log_days=7,
    keep_data=False,
    load_workers=0,
)
