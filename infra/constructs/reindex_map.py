"""The state machine that makes a search index and loads it in ranges of keys, many at once, until nothing is left."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from infra.findings import accept_wildcards

RANGES_AT_ONCE = 8  # each keeps 4 bulk requests under way and reads on 2 connections: 32 and 16 in all
LONGEST_HOURS = 24
LABEL = "load"  # of the map: its executions are named NAME/load

_LAMBDA_TROUBLE = (
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.ServiceException",
    "Lambda.AWSLambdaException",
    "Lambda.SdkClientException",
    "Lambda.TooManyRequestsException",
)
# A failover, a token that came too late, a sandbox that died: a range is sent again as a whole without harm, because
# each document has its version. Whatever else a function raises it would raise again.
_PASSES = (*_LAMBDA_TROUBLE, "DatabaseUnreachable", "StatementTooLong", "SearchUnreachable", "Sandbox.Timedout")


class ReindexMap(Construct):
    """`plan` makes the index and says in how many ranges; `load` is asked for each of them until nothing is left."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        plan: lambda_.IFunction,
        load: lambda_.IFunction,
        log_group: logs.ILogGroup,
    ) -> None:
        super().__init__(scope, construct_id)
        role = self._role(name, plan, load)
        self.machine = sfn.StateMachine(
            self,
            "machine",
            state_machine_name=name,
            comment="Makes a search index and loads it in ranges of keys; what follows is cutover reindex run",
            definition_body=sfn.DefinitionBody.from_chainable(self._definition(plan, load)),
            role=role.without_policy_updates(),  # CDK would also let it call every version of the functions
            timeout=cdk.Duration.hours(LONGEST_HOURS),
            tracing_enabled=True,
            # Names of indices and numbers of ranges are all that passes through it.
            encryption_configuration=sfn.AwsOwnedEncryptionConfiguration(),
            logs=sfn.LogOptions(
                destination=log_group,
                level=sfn.LogLevel.ALL,
                include_execution_data=False,  # the reasons why rows were refused may quote them
            ),
        )
        self.machine.node.add_dependency(role)
        self.machine.node.try_remove_child("DistributedMapPolicy")  # CDK's own, which is left with no role

    def _definition(self, plan: lambda_.IFunction, load: lambda_.IFunction) -> sfn.IChainable:
        planned = self._call("Make the index", plan)
        planned.add_retry(errors=list(_LAMBDA_TROUBLE), **_patience(5))
        loaded = sfn.DistributedMap(
            self,
            "Load all ranges",
            label=LABEL,
            items_path="$.numbers",
            item_selector={
                "number.$": "$$.Map.Item.Value",
                **{f"{name}.$": f"$.{name}" for name in ("alias", "index", "run", "ranges")},
            },
            max_concurrency=RANGES_AT_ONCE,  # no failure is tolerated: that is the default
            result_path=sfn.JsonPath.DISCARD,
        )
        loaded.item_processor(
            self._one_range(load), mode=sfn.ProcessorMode.DISTRIBUTED, execution_type=sfn.ProcessorType.STANDARD
        )
        told = sfn.Pass(
            self,
            "Say what follows",
            parameters={
                "alias.$": "$.alias",
                "index.$": "$.index",
                "next.$": "States.Format('cutover reindex run {} --loaded {}', $.alias, $.index)",
            },
        )
        return planned.next(loaded).next(told)

    def _one_range(self, load: lambda_.IFunction) -> sfn.IChainable:
        loaded = self._call("Load a range", load)
        loaded.add_retry(errors=list(_PASSES), **_patience(6))
        # A map's answers have to fit in 256 KiB together: of each, only how many rows were dead.
        done = sfn.Succeed(self, "Loaded", output_path="$.dead")
        left = sfn.Choice(self, "Is anything left?")
        return loaded.next(left.when(sfn.Condition.is_present("$.left[0]"), loaded).otherwise(done))

    def _call(self, what: str, function: lambda_.IFunction) -> tasks.LambdaInvoke:
        return tasks.LambdaInvoke(
            self,
            what,
            lambda_function=function,
            output_path="$.Payload",
            retry_on_service_exceptions=False,  # the retries are those of add_retry
            task_timeout=sfn.Timeout.duration(cdk.Duration.minutes(16)),  # a minute more than any function runs
        )

    def _role(self, name: str, plan: lambda_.IFunction, load: lambda_.IFunction) -> iam.Role:
        stack = cdk.Stack.of(self)

        def arn(resource: str, resource_name: str) -> str:
            style = cdk.ArnFormat.COLON_RESOURCE_NAME
            return stack.format_arn(service="states", resource=resource, resource_name=resource_name, arn_format=style)

        own, map_runs = arn("execution", f"{name}:*"), arn("execution", f"{name}/{LABEL}:*")
        trusted = {"ArnEquals": {"aws:SourceArn": arn("stateMachine", name)}}
        role = iam.Role(
            self,
            "role",
            assumed_by=iam.ServicePrincipal("states.amazonaws.com", conditions=trusted),
            description="What the state machine that loads search indices may do",
        )
        allowed = (
            (["lambda:InvokeFunction"], [plan.function_arn, load.function_arn]),
            (["states:StartExecution"], [arn("stateMachine", name)]),
            (["states:DescribeExecution", "states:StopExecution"], [own, map_runs]),
            (["states:RedriveExecution"], [map_runs]),  # a failed one goes on with what was not loaded
            (_OF_STATES_ON_EVERYTHING, ["*"]),
        )
        for actions, resources in allowed:
            role.add_to_policy(iam.PolicyStatement(actions=actions, resources=resources))
        accept_wildcards(
            role, "The executions of this one state machine, whose ids are made when they begin", own, map_runs
        )
        accept_wildcards(role, "Delivering logs and traces: AWS grants these actions on everything or not at all", "*")
        return role


# What Step Functions needs to deliver logs and traces. None of it can be granted on less.
_OF_STATES_ON_EVERYTHING = [
    "logs:CreateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:DescribeLogGroups",
    "logs:DescribeResourcePolicies",
    "logs:GetLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:UpdateLogDelivery",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:PutTelemetryRecords",
    "xray:PutTraceSegments",
]


def _patience(attempts: int) -> dict[str, Any]:
    return {
        "interval": cdk.Duration.seconds(10),
        "backoff_rate": 2,
        "max_attempts": attempts,
        "max_delay": cdk.Duration.minutes(2),
        "jitter_strategy": sfn.JitterType.FULL,
    }
