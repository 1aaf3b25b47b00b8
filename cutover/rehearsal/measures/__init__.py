"""What AWS publishes by itself of servers that are not AWS's here: `python -m cutover.rehearsal.measures CONFIG.json`.

Every simulated minute (but no more than twice a real second) the real servers of the stack are asked, and the answers
go to the CloudWatch stand-in under AWS's names; the API's lines on ECS go to its log group. CONFIG.json is
`config.MeasuresConfig`. It prints {"ready": true} and ends on SIGTERM, on SIGINT, or when its parent is gone.

What the servers can't say is stated or stands in for it:

- There is no RDS Proxy. Its connections are PostgreSQL's own, none is ever pinned, and the borrow latency is how long a
  probe takes to get a new connection; a probe that is refused counts as the whole 30 s that the proxy would wait.
- Sizes are stated: the database's memory and volume, a task's memory, the search domain's heap and volume. What is used
  of them is measured. CPU is that of the servers' processes: the database's and the search server's of the whole
  machine, a task's and Redis's of one core.
- The search server counts no searches: SearchRate is what the service says it has asked (by its embedded metrics),
  SearchLatency that of a probe. Yellow is never told: one node has no place for replicas, and nobody asks for them.
- A task is healthy by real checks of GET /health: unhealthy after four failures, healthy again after two answers.
- Without /proc (not Linux) there is no CPU and no memory.

`PUT /_rehearsal/stores` of the AWS stand-in sets single values, for what no fault here can bring about.
"""
