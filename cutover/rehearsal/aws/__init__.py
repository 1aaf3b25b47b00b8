"""The process that takes AWS's place in a rehearsal: `python -m cutover.rehearsal.aws CONFIG.json`.

It prints one line when it serves, {"ready": true, "port": ..., "dns_port": ...}, and ends on SIGTERM, on SIGINT, or
when its parent is gone. CONFIG.json is `config.Config`. Requests go where their signature's service says: Route 53,
CloudWatch and Lambda invocations here or to the rehearsal's own Lambda, all others to moto. The rehearsal itself comes
in by `/_rehearsal/` (`control.py`): POST metrics, POST logs, PUT and GET stores, PUT and GET faults, POST edit, PUT
alarms, GET state (all of it, or `?only=served,changes`). `stores` are values that metrics of data stores are to have,
`{"ClusterStatus.red": 1}`; where two services have a name, `ES/FreeStorageSpace`.

Strict, because `cutover` depends on it: what AWS refuses is refused, with AWS's code and status.

- Route 53 (`route53/`): the rules of a change batch, all or nothing; DELETE must repeat every field; an id per change,
  PENDING until `insync_seconds` later, in order; listing order and all three Next* fields; 5 requests a second.
- CloudWatch (`cloudwatch/`): limits of PutMetricData; exact dimensions and units; EndTime exclusive; newest first;
  exact percentiles over the whole period; paging; "no data" is an empty list, never a zero.
- CloudWatch Logs (`cloudwatch_logs/`): listings, streams, filter patterns, Logs Insights as far as our queries go, the
  rest refused with the place; metrics embedded in lines, in the minute of their arrival, malformed ones counted and
  named (`GET state?only=logs`). A group keeps its newest 24 MB. What else there is of logs goes to moto.
- DNS (`answers.py`, `dns.py`): authoritative answers from the records that have propagated, drawn by weight.

Modelled, that is, simpler than AWS and the same each time:

- Propagation takes one fixed time, and all name servers change at one moment. Changes in a batch are judged one after
  the other, so that a simple record must be deleted before a weighted one is created; that a group shares one TTL, that
  alias targets exist and that NS and SOA are there is judged at the batch's end. Twice in a batch a record may come as
  DELETE and then CREATE only.
- A minute's values are visible `publish_delay_seconds` after the minute's end; values pushed later than that are
  visible as soon as they are pushed, so that a visible minute can still grow. A period starts at a multiple of its
  length; one that starts before StartTime is left out, one that EndTime cuts holds only the minutes before EndTime.
  The pages of one request all show what was visible when the first was asked for.
- Latencies are kept to 0.1 ms. Health checks are those that the initial records name; they never fail, and
  EvaluateTargetHealth is kept but has no effect. An alias's HostedZoneId is checked against the own zone only.
- Time is the rehearsal's. TTLs of answers are divided by the clock's factor, since resolvers count real seconds.
- A hand edit (POST edit) is served at once and overtakes changes that are still pending.

Not there: other routing policies, wildcard names, delegation, DNSSEC, TestDNSAnswer, metric math, Metrics Insights,
periods under a minute, alarm evaluation, expiry of old data, signatures.

Bounded for long runs: the last 5,000 calls, 2,000 changes and 20,000 seconds of answer counts are kept. Answers are
counted for weighted records alone, by set identifier; calls are those to Route 53 and CloudWatch.
"""
