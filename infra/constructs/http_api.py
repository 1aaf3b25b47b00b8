"""The HTTP API: routes by the table of functions, limits, access logs, and the public name without its DNS records."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import aws_cdk as cdk
from aws_cdk import aws_apigatewayv2 as apigw
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigatewayv2_integrations import HttpLambdaIntegration
from constructs import Construct

from infra.constructs.own_logs import own_logs
from infra.findings import accept
from infra.functions import GATEWAY_LIMIT_SECONDS, UPLOAD_ROUTES, Function
from infra.stages.model import Stage

METHODS = {method.value: method for method in apigw.HttpMethod}
# What a person needs who looks for one request: no header, no query and no body, as those may hold tokens; and no path,
# as some name a person. The route has the path's form, and the service's own lines say the rest by request id.
ACCESS_LOG = {
    name: f"$context.{variable}"
    for name, variable in {
        "requestId": "requestId",
        "time": "requestTimeEpoch",
        "ip": "identity.sourceIp",
        "domain": "domainName",
        "protocol": "protocol",
        "method": "httpMethod",
        "route": "routeKey",
        "status": "status",
        "responseBytes": "responseLength",
        "latencyMs": "responseLatency",
        "integrationStatus": "integration.integrationStatus",
        "functionStatus": "integration.status",
        "integrationLatencyMs": "integration.latency",
        "integrationRequestId": "integration.requestId",
        "integrationError": "integration.error",
        "error": "error.message",
        "errorType": "error.responseType",
    }.items()
}

_NO_AUTHORIZER = "The service verifies tokens itself, as on ECS: the gateway's authorizer can't read the cookie"


@dataclass(frozen=True, slots=True)
class Served:
    """A function of the table and the alias that answers its routes."""

    spec: Function
    alias: lambda_.Alias


class PublicApi(Construct):
    """`api`, its only stage `$default`, and `domain`: the public name at the gateway, None where the stage has none."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, served: Sequence[Served]) -> None:
        super().__init__(scope, construct_id)
        self.api = _api(self, stage)
        routes = {key: route for one in served for key, route in _routes(self.api, one).items()}
        self.domain = _domain(self, stage)
        live = apigw.HttpStage(
            self,
            "live",
            http_api=self.api,
            stage_name="$default",
            auto_deploy=True,
            throttle=apigw.ThrottleSettings(rate_limit=stage.throttle.rate, burst_limit=stage.throttle.burst),
            domain_mapping=apigw.DomainMappingOptions(domain_name=self.domain) if self.domain else None,
        )
        _limit_uploads(live, stage, routes)
        _log_access(self, live, stage)


def access_log_name(stage: Stage) -> str:
    """The log group of the access log.

    Under this name CloudWatch needs no entry for each group in a policy of the account's that has little room.
    """
    return f"/aws/vendedlogs/{stage.named('access')}"


def _api(scope: Construct, stage: Stage) -> apigw.HttpApi:
    """No CORS and no authorizer of the gateway's own: the service does both, so that ECS and Lambda answer alike."""
    return apigw.HttpApi(
        scope,
        "api",
        api_name=stage.named("http"),
        description="LEGO Projects API on Lambda",
        create_default_stage=False,
        # A second name for what is public under one; the contract tests of other stages come in by it.
        disable_execute_api_endpoint=stage.production,
        ip_address_type=apigw.IpAddressType.DUAL_STACK,  # the public name has AAAA records, too
    )


def _routes(api: apigw.HttpApi, served: Served) -> Mapping[str, apigw.HttpRoute]:
    integration = HttpLambdaIntegration(
        served.spec.name,
        served.alias,
        payload_format_version=apigw.PayloadFormatVersion.VERSION_2_0,
        timeout=cdk.Duration.seconds(GATEWAY_LIMIT_SECONDS),
    )
    made = {
        key: apigw.HttpRoute(api, key, http_api=api, route_key=_key(key), integration=integration)
        for key in served.spec.routes
    }
    for route in made.values():
        accept(route, _NO_AUTHORIZER, "AwsSolutions-APIG4")
    return made


def _key(key: str) -> apigw.HttpRouteKey:
    if key == "$default":
        return apigw.HttpRouteKey.DEFAULT
    method, _, path = key.partition(" ")
    return apigw.HttpRouteKey.with_(path, METHODS[method])


def _domain(scope: Construct, stage: Stage) -> apigw.DomainName | None:
    """What `cutover` points the public name at; the records are `cutover`'s, and in no template."""
    if stage.public_name is None or stage.certificate_arn is None:
        return None
    return apigw.DomainName(
        scope,
        "domain",
        domain_name=stage.public_name,
        certificate=acm.Certificate.from_certificate_arn(scope, "certificate", stage.certificate_arn),
        endpoint_type=apigw.EndpointType.REGIONAL,
        security_policy=apigw.SecurityPolicy.TLS_1_2,
        ip_address_type=apigw.IpAddressType.DUAL_STACK,
    )


def _limit_uploads(live: apigw.HttpStage, stage: Stage, routes: Mapping[str, apigw.HttpRoute]) -> None:
    settings = _of(live)
    settings.route_settings = {
        key: {
            "ThrottlingRateLimit": stage.throttle.upload_rate,
            "ThrottlingBurstLimit": stage.throttle.upload_burst,
        }
        for key in UPLOAD_ROUTES
    }
    live.node.add_dependency(*(routes[key] for key in UPLOAD_ROUTES))  # API Gateway refuses limits of unknown routes


def _log_access(scope: Construct, live: apigw.HttpStage, stage: Stage) -> None:
    group = own_logs(scope, "access-logs", access_log_name(stage), stage)
    _of(live).access_log_settings = apigw.CfnStage.AccessLogSettingsProperty(
        destination_arn=group.log_group_arn, format=json.dumps(ACCESS_LOG)
    )


def _of(live: apigw.HttpStage) -> apigw.CfnStage:
    resource = live.node.default_child
    if not isinstance(resource, apigw.CfnStage):
        raise TypeError(f"CDK makes a stage of an HTTP API another way now: {resource}")
    return resource
