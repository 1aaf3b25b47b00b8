"""Every metric that anybody looks at, each once: what it says, who publishes it, under which dimensions."""

from math import prod

from dashboards.model import Metric, Source
from infra.functions import FUNCTIONS

SERVICE_NAMESPACE = "LegoApi"
CUTOVER_NAMESPACE = "LegoApi/Cutover"

_BY_PLATFORM = (("Stage", "Platform"),)
_BY_FUNCTION = (("Stage", "Platform"), ("Stage", "Platform", "Function"))
_BY_DEPENDENCY = (("Stage", "Platform", "Dependency"),)
_BY_STAGE = (("Stage",),)


def _service(name: str, unit: str, meaning: str, dimensions: tuple[tuple[str, ...], ...] = _BY_PLATFORM) -> Metric:
    return Metric(
        namespace=SERVICE_NAMESPACE, name=name, unit=unit, source=Source.SERVICE, meaning=meaning, dimensions=dimensions
    )


def _cutover(name: str, unit: str, meaning: str) -> Metric:
    return Metric(
        namespace=CUTOVER_NAMESPACE, name=name, unit=unit, source=Source.CUTOVER, meaning=meaning, dimensions=_BY_STAGE
    )


def _aws(namespace: str, name: str, unit: str, meaning: str, *dimensions: tuple[str, ...]) -> Metric:
    return Metric(
        namespace=f"AWS/{namespace}", name=name, unit=unit, source=Source.AWS, meaning=meaning, dimensions=dimensions
    )


# What the service counts: embedded metric format, the same lines on ECS and on Lambda.
COLD_STARTS = _service("ColdStarts", "Count", "Environments made for a request that waited", _BY_FUNCTION)
INIT_DURATION = _service("InitDuration", "Milliseconds", "Of those: from the start until it was ready", _BY_FUNCTION)
CACHE_HITS = _service("CacheHits", "Count", "Reads that Redis answered")
CACHE_MISSES = _service("CacheMisses", "Count", "Reads that went to the database")
CACHE_ERRORS = _service("CacheErrors", "Count", "Reads that Redis could not be asked for, or had no answer to")
SEARCHES = _service("Searches", "Count", "Searches that users made")
SEARCHES_BY_ENGINE = _service("SearchesByOpenSearch", "Count", "Searches that OpenSearch answered")
SEARCHES_BY_DATABASE = _service("SearchesByPostgreSQL", "Count", "Searches that fell back to PostgreSQL")
IMAGES_UPLOADED = _service("ImagesUploaded", "Count", "Pictures stored: gallery, wishlist, avatars")
FILES_UPLOADED = _service("FilesUploaded", "Count", "Files of MOCs stored: instructions, parts lists, thumbnails")
MOCS_CREATED = _service("MocsCreated", "Count", "MOCs that were created")
PARTS_LISTS_PARSED = _service("PartsListsParsed", "Count", "Parts lists whose rows were taken in")
PARTS_LISTS_FAILED = _service("PartsListsFailed", "Count", "Parts lists that could not be parsed")
PARTS_ROWS_REJECTED = _service("PartsListRowsRejected", "Count", "Rows of parsed lists that were left out")
POOL_WAIT = _service("PoolWait", "Milliseconds", "How long a request waited for a database connection")
CIRCUIT_OPEN = _service("CircuitOpen", "None", "1 while calls to a dependency are left out, else 0", _BY_DEPENDENCY)

SERVICE_METRICS = (
    COLD_STARTS, INIT_DURATION, CACHE_HITS, CACHE_MISSES, CACHE_ERRORS, SEARCHES, SEARCHES_BY_ENGINE,
    SEARCHES_BY_DATABASE, IMAGES_UPLOADED, FILES_UPLOADED, MOCS_CREATED, PARTS_LISTS_PARSED, PARTS_LISTS_FAILED,
    PARTS_ROWS_REJECTED, POOL_WAIT, CIRCUIT_OPEN,
)  # fmt: skip

# What cutover puts, whichever process drives or watches.
LAMBDA_WEIGHT = _cutover("LambdaWeight", "Percent", "The asked weight of Lambda")
GATE_VERDICT = _cutover("GateVerdict", "None", "What the gates say: 0 pass, 1 hold, 2 fail")
BAKE_PROGRESS = _cutover("BakeProgress", "Percent", "How much of the step's bake has counted")
ROLLBACKS = _cutover("Rollbacks", "Count", "Rollbacks that were begun, drills left out")
ABORTS = _cutover("Aborts", "Count", "Runs that ended before their weight, other than by a person's Ctrl-C")
BLIND = _cutover("Blind", "None", "1 while the gates can't be judged for want of telemetry, else 0")

CUTOVER_METRICS = (LAMBDA_WEIGHT, GATE_VERDICT, BAKE_PROGRESS, ROLLBACKS, ABORTS, BLIND)

# What AWS publishes by itself.
_FUNCTION = ("FunctionName",)
INVOCATIONS = _aws("Lambda", "Invocations", "Count", "Invocations that were run", _FUNCTION)
FUNCTION_ERRORS = _aws("Lambda", "Errors", "Count", "Invocations that crashed or ran out of time", _FUNCTION)
THROTTLES = _aws("Lambda", "Throttles", "Count", "Invocations refused for want of concurrency", _FUNCTION)
FUNCTION_DURATION = _aws("Lambda", "Duration", "Milliseconds", "Of an invocation, without its start", _FUNCTION)
CONCURRENCY = _aws("Lambda", "ConcurrentExecutions", "Count", "Environments at work", _FUNCTION)

_API = ("ApiId",)
GATEWAY_COUNT = _aws("ApiGateway", "Count", "Count", "Requests to the HTTP API", _API)
GATEWAY_4XX = _aws("ApiGateway", "4xx", "Count", "Answers from 400 to 499", _API)
GATEWAY_5XX = _aws("ApiGateway", "5xx", "Count", "Answers from 500 on", _API)
GATEWAY_LATENCY = _aws("ApiGateway", "Latency", "Milliseconds", "From the request to the answer", _API)

_BALANCER = ("LoadBalancer",)
_TARGETS = ("LoadBalancer", "TargetGroup")
ALB_COUNT = _aws("ApplicationELB", "RequestCount", "Count", "Requests that reached a task", _BALANCER)
ALB_TARGET_4XX = _aws("ApplicationELB", "HTTPCode_Target_4XX_Count", "Count", "Tasks' answers, 400 to 499", _BALANCER)
ALB_TARGET_5XX = _aws("ApplicationELB", "HTTPCode_Target_5XX_Count", "Count", "Tasks' answers from 500 on", _BALANCER)
ALB_OWN_5XX = _aws("ApplicationELB", "HTTPCode_ELB_5XX_Count", "Count", "The load balancer's own 5xx", _BALANCER)
ALB_LATENCY = _aws("ApplicationELB", "TargetResponseTime", "Seconds", "Until a task's answer begins", _BALANCER)
UNHEALTHY_TASKS = _aws("ApplicationELB", "UnHealthyHostCount", "Count", "Tasks that fail their check", _TARGETS)
HEALTHY_TASKS = _aws("ApplicationELB", "HealthyHostCount", "Count", "Tasks that take requests", _TARGETS)

_TASKS = ("ClusterName", "ServiceName")
TASKS_CPU = _aws("ECS", "CPUUtilization", "Percent", "Of what the tasks have", _TASKS)
TASKS_MEMORY = _aws("ECS", "MemoryUtilization", "Percent", "Of what the tasks have", _TASKS)

_INSTANCE, _PROXY = ("DBInstanceIdentifier",), ("ProxyName",)
DATABASE_CPU = _aws("RDS", "CPUUtilization", "Percent", "Of the database instance", _INSTANCE)
DATABASE_MEMORY = _aws("RDS", "FreeableMemory", "Bytes", "What the database instance has left", _INSTANCE)
DATABASE_STORAGE = _aws("RDS", "FreeStorageSpace", "Bytes", "What is left of the database's volume", _INSTANCE)
DATABASE_CONNECTIONS = _aws("RDS", "DatabaseConnections", "Count", "Of everybody, proxy included", _INSTANCE)
PROXY_CLIENTS = _aws("RDS", "ClientConnections", "Count", "To the proxy", _PROXY)
PROXY_OPEN = _aws("RDS", "DatabaseConnections", "Count", "Of the proxy's, at work and idle", _PROXY)
PROXY_CONNECTIONS = _aws("RDS", "DatabaseConnectionsCurrentlyBorrowed", "Count", "Of the proxy's, at work", _PROXY)
PROXY_PINNED = _aws("RDS", "DatabaseConnectionsCurrentlySessionPinned", "Count", "Tied to one client", _PROXY)
PROXY_BORROW = _aws("RDS", "DatabaseConnectionsBorrowLatency", "Microseconds", "Until it had a connection", _PROXY)

_NODE = ("CacheClusterId",)
REDIS_EVICTIONS = _aws("ElastiCache", "Evictions", "Count", "Keys thrown out for want of memory", _NODE)
REDIS_MEMORY = _aws("ElastiCache", "DatabaseMemoryUsagePercentage", "Percent", "Of what Redis may use", _NODE)
REDIS_CPU = _aws("ElastiCache", "EngineCPUUtilization", "Percent", "Of the one core that Redis uses", _NODE)
REDIS_CONNECTIONS = _aws("ElastiCache", "CurrConnections", "Count", "To the node", _NODE)

_DOMAIN = ("ClientId", "DomainName")
SEARCH_RED = _aws("ES", "ClusterStatus.red", "Count", "1 while a primary shard is on no node", _DOMAIN)
SEARCH_YELLOW = _aws("ES", "ClusterStatus.yellow", "Count", "1 while a replica is on no node", _DOMAIN)
SEARCH_LATENCY = _aws("ES", "SearchLatency", "Milliseconds", "Of a search on a shard, as a node sees it", _DOMAIN)
SEARCH_RATE = _aws("ES", "SearchRate", "Count", "Searches a minute on all shards", _DOMAIN)
INDEXING_RATE = _aws("ES", "IndexingRate", "Count", "Documents a minute", _DOMAIN)
SEARCH_CPU = _aws("ES", "CPUUtilization", "Percent", "Of the nodes", _DOMAIN)
SEARCH_HEAP = _aws("ES", "JVMMemoryPressure", "Percent", "Of the heap of the nodes", _DOMAIN)
SEARCH_STORAGE = _aws("ES", "FreeStorageSpace", "Megabytes", "Least of any node", _DOMAIN)

DEAD_LETTERS = _aws("SQS", "ApproximateNumberOfMessagesVisible", "Count", "What waits in the queue", ("QueueName",))

AWS_METRICS = (
    INVOCATIONS, FUNCTION_ERRORS, THROTTLES, FUNCTION_DURATION, CONCURRENCY,
    GATEWAY_COUNT, GATEWAY_4XX, GATEWAY_5XX, GATEWAY_LATENCY,
    ALB_COUNT, ALB_TARGET_4XX, ALB_TARGET_5XX, ALB_OWN_5XX, ALB_LATENCY, UNHEALTHY_TASKS, HEALTHY_TASKS,
    TASKS_CPU, TASKS_MEMORY,
    DATABASE_CPU, DATABASE_MEMORY, DATABASE_STORAGE, DATABASE_CONNECTIONS,
    PROXY_CLIENTS, PROXY_OPEN, PROXY_CONNECTIONS, PROXY_PINNED, PROXY_BORROW,
    REDIS_EVICTIONS, REDIS_MEMORY, REDIS_CPU, REDIS_CONNECTIONS,
    SEARCH_RED, SEARCH_YELLOW, SEARCH_LATENCY, SEARCH_RATE, INDEXING_RATE, SEARCH_CPU, SEARCH_HEAP, SEARCH_STORAGE,
    DEAD_LETTERS,
)  # fmt: skip

# What each dimension of our own metrics can be within one stage: CloudWatch bills every combination by itself.
_PLATFORMS = ("ecs", "lambda")
_DEPENDENCIES = ("opensearch", "redis")


def billed() -> int:
    """How many metrics of our own one stage has, once each combination of dimensions has been seen."""
    values = {"Stage": 1, "Platform": len(_PLATFORMS), "Dependency": len(_DEPENDENCIES)}
    return sum(
        # A function is on Lambda alone.
        len(FUNCTIONS) if "Function" in names else prod(values[name] for name in names)
        for metric in (*SERVICE_METRICS, *CUTOVER_METRICS)
        for names in metric.dimensions
    )


METRICS = (*SERVICE_METRICS, *CUTOVER_METRICS, *AWS_METRICS)
