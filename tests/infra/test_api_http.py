"""The HTTP API of the Lambda side: routes, limits, logs, and the public name without its records."""

import json
from collections.abc import Mapping

import pytest

from infra.constructs.http_api import ACCESS_LOG
from infra.functions import FUNCTIONS, UPLOAD_ROUTES
from infra.stages.choice import STAGES
from tests.infra.lambda_side import Synthesised, every_side

every_stage = pytest.mark.parametrize("stage", STAGES)


@pytest.fixture(scope="module")
def api() -> Mapping[str, Synthesised]:
    """Every stage by its name."""
    return every_side()


@every_stage
def test_the_routes_are_those_of_the_table_and_lead_to_the_aliases(api: Mapping[str, Synthesised], stage: str) -> None:
    integrations = api[stage].of("AWS::ApiGatewayV2::Integration")
    by_alias = {alias: name for name, (alias, _) in api[stage].aliases.items()}
    found = {}
    for route in api[stage].of("AWS::ApiGatewayV2::Route").values():
        (integration,) = [part["Ref"] for part in route["Target"]["Fn::Join"][1] if isinstance(part, dict)]
        found[route["RouteKey"]] = by_alias[integrations[integration]["IntegrationUri"]["Ref"]]
    assert found == {key: spec.name for spec in FUNCTIONS for key in spec.routes}


@every_stage
def test_the_gateway_waits_29_seconds_for_payloads_of_version_2(api: Mapping[str, Synthesised], stage: str) -> None:
    found = api[stage].of("AWS::ApiGatewayV2::Integration").values()
    assert {(one["PayloadFormatVersion"], one["TimeoutInMillis"]) for one in found} == {("2.0", 29000)}
    assert len(found) == len([spec for spec in FUNCTIONS if spec.routes])


@every_stage
def test_the_gateway_may_invoke_aliases_for_this_api_alone(api: Mapping[str, Synthesised], stage: str) -> None:
    (api_id,) = api[stage].of("AWS::ApiGatewayV2::Api")
    aliases = {alias for alias, _ in api[stage].aliases.values()}
    of_gateway = [
        one
        for one in api[stage].of("AWS::Lambda::Permission").values()
        if one["Principal"] == "apigateway.amazonaws.com"
    ]
    assert len(of_gateway) == sum(len(spec.routes) for spec in FUNCTIONS)
    for one in of_gateway:
        assert one["FunctionName"]["Ref"] in aliases
        assert {"Ref": api_id} in one["SourceArn"]["Fn::Join"][1]


@every_stage
def test_limits_are_the_stages_and_uploads_have_tighter_ones(api: Mapping[str, Synthesised], stage: str) -> None:
    ((live_id, live),) = api[stage].of("AWS::ApiGatewayV2::Stage").items()
    limits = STAGES[stage].throttle
    assert (live["StageName"], live["AutoDeploy"]) == ("$default", True)
    assert live["DefaultRouteSettings"] == {
        "ThrottlingRateLimit": limits.rate,
        "ThrottlingBurstLimit": limits.burst,
    }
    upload = {"ThrottlingRateLimit": limits.upload_rate, "ThrottlingBurstLimit": limits.upload_burst}
    assert live["RouteSettings"] == dict.fromkeys(UPLOAD_ROUTES, upload)
    routes = {one["RouteKey"]: name for name, one in api[stage].of("AWS::ApiGatewayV2::Route").items()}
    assert {routes[key] for key in UPLOAD_ROUTES} <= set(api[stage].depends_on(live_id)), (
        "limits of routes that are there"
    )


@every_stage
def test_the_service_itself_answers_cors_and_verifies_tokens(api: Mapping[str, Synthesised], stage: str) -> None:
    (found,) = api[stage].of("AWS::ApiGatewayV2::Api").values()
    assert "CorsConfiguration" not in found
    assert api[stage].of("AWS::ApiGatewayV2::Authorizer") == {}
    assert {one["AuthorizationType"] for one in api[stage].of("AWS::ApiGatewayV2::Route").values()} == {"NONE"}


@every_stage
def test_access_is_logged_as_json_without_anything_that_may_hold_a_token(
    api: Mapping[str, Synthesised], stage: str
) -> None:
    (live,) = api[stage].of("AWS::ApiGatewayV2::Stage").values()
    group = api[stage].of("AWS::Logs::LogGroup")[live["AccessLogSettings"]["DestinationArn"]["Fn::GetAtt"][0]]
    logged = json.loads(live["AccessLogSettings"]["Format"])
    assert group["LogGroupName"] == f"/aws/vendedlogs/lego-api-access-{stage}"
    assert group["RetentionInDays"] == STAGES[stage].log_days
    assert {"requestId", "status", "route", "integrationLatencyMs", "integrationError", "error"} <= set(logged)
    shown = " ".join(logged.values()).lower()
    for secret in ("authorizer", "header", "querystring", "cookie", "body", "useragent"):
        assert secret not in shown


def test_the_access_log_has_the_form_of_a_path_and_never_the_path_which_may_name_a_person() -> None:
    logged = {value.removeprefix("$context.") for value in ACCESS_LOG.values()}

    assert "routeKey" in logged
    assert not {one for one in logged if "path" in one.lower()}
    assert not {"identity.user", "identity.caller", "authorizer.claims.sub"} & logged


@pytest.mark.parametrize("stage", ["production", "staging"])
def test_the_public_name_is_the_gateways_and_its_records_are_not(api: Mapping[str, Synthesised], stage: str) -> None:
    ((domain_id, domain),) = api[stage].of("AWS::ApiGatewayV2::DomainName").items()
    (mapping,) = api[stage].of("AWS::ApiGatewayV2::ApiMapping").values()
    (api_id,) = api[stage].of("AWS::ApiGatewayV2::Api")
    assert domain["DomainName"] == STAGES[stage].public_name
    assert domain["DomainNameConfigurations"] == [
        {
            "CertificateArn": STAGES[stage].certificate_arn,
            "EndpointType": "REGIONAL",
            "IpAddressType": "dualstack",
            "SecurityPolicy": "TLS_1_2",
        }
    ]
    assert (mapping["ApiId"], mapping["DomainName"]) == ({"Ref": api_id}, {"Ref": domain_id})
    assert "ApiMappingKey" not in mapping
    assert [kind for kind in kinds(api[stage]) if kind.startswith("AWS::Route53")] == []
    outputs = api[stage].template["Outputs"]
    assert outputs["LambdaTarget"]["Value"] == {"Fn::GetAtt": [domain_id, "RegionalDomainName"]}
    assert outputs["LambdaZone"]["Value"] == {"Fn::GetAtt": [domain_id, "RegionalHostedZoneId"]}
    assert api[stage].handles.regional_domain is not None


def test_a_development_stage_has_no_name_of_its_own(api: Mapping[str, Synthesised]) -> None:
    found = api["dev"]
    assert found.of("AWS::ApiGatewayV2::DomainName", "AWS::ApiGatewayV2::ApiMapping") == {}
    assert not {"LambdaTarget", "LambdaZone"} & set(found.template["Outputs"])
    assert (found.handles.regional_domain, found.handles.regional_zone_id) == (None, None)


@pytest.mark.parametrize(("stage", "closed"), [("production", True), ("staging", False), ("dev", False)])
def test_only_tests_come_in_by_the_gateways_own_address(
    api: Mapping[str, Synthesised], stage: str, closed: bool
) -> None:
    (found,) = api[stage].of("AWS::ApiGatewayV2::Api").values()
    assert found["DisableExecuteApiEndpoint"] is closed
    assert found["IpAddressType"] == "dualstack"
    assert ("Endpoint" in api[stage].template["Outputs"]) is not closed


def kinds(found: Synthesised) -> set[str]:
    return {one["Type"] for one in found.template["Resources"].values()}
