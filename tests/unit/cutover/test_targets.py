"""Where Lambda's record has to point, as API Gateway says: by a stubbed client, for moto tells no IpAddressType."""

from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from cutover.absent import NO_TARGET_FINDER
from cutover.aws.targets import ApiDomains
from cutover.core.adopting import LambdaTarget
from cutover.ports import ControlPlaneUnavailable, NotAllowed
from cutover.settings import Settings
from cutover.world import build_world
from tests.fakes.world import settings_with

NAME = "api.example.com"


def client() -> Any:
    return boto3.client(
        "apigatewayv2", region_name="us-east-1", aws_access_key_id="testing", aws_secret_access_key="testing"
    )


def domain(**more: Any) -> dict[str, Any]:
    named = {"ApiGatewayDomainName": "d-1.execute-api.us-east-1.amazonaws.com", "HostedZoneId": "Z1UJRXOUMOOFQ8"}
    return {"DomainName": NAME, "DomainNameConfigurations": [named | more]}


def asked(answer: dict[str, Any]) -> LambdaTarget | None:
    """The target that this answer of GetDomainName means."""
    real = client()
    with Stubber(real) as stub:
        stub.add_response("get_domain_name", answer, {"DomainName": NAME})
        return ApiDomains(lambda: real, NAME).find()


def refused(code: str, status: int) -> ApiDomains:
    real = client()
    stub = Stubber(real)
    stub.add_client_error("get_domain_name", code, "no", status)
    stub.activate()
    return ApiDomains(lambda: real, NAME, "prod")


@pytest.mark.parametrize(("kind", "ipv6"), [("ipv4", False), ("dualstack", True)])
def test_the_target_is_the_regional_name_with_its_own_zone(kind: str, ipv6: bool) -> None:
    found = asked(domain(IpAddressType=kind))

    assert found == LambdaTarget("d-1.execute-api.us-east-1.amazonaws.com", "Z1UJRXOUMOOFQ8", ipv6)


@pytest.mark.parametrize("answer", [{"DomainName": NAME}, {"DomainNameConfigurations": [{"HostedZoneId": "Z1"}]}])
def test_a_domain_that_is_not_set_up_yet_is_no_target(answer: dict[str, Any]) -> None:
    assert asked(answer) is None


def test_a_domain_that_does_not_exist_is_no_target() -> None:
    assert refused("NotFoundException", 404).find() is None


def test_a_missing_permission_is_named() -> None:
    with pytest.raises(NotAllowed, match="apigateway:GetDomainName"):
        refused("AccessDeniedException", 403).find()


@pytest.mark.parametrize(("code", "status"), [("InternalError", 500), ("BadRequestException", 400)])
def test_anything_else_is_an_api_out_of_reach(code: str, status: int) -> None:
    with pytest.raises(ControlPlaneUnavailable, match=code):
        refused(code, status).find()


def test_no_answer_is_an_api_out_of_reach() -> None:
    class Silent:
        def get_domain_name(self, **_: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="https://apigateway.us-east-1.amazonaws.com")

    with pytest.raises(ControlPlaneUnavailable, match="apigateway:GetDomainName"):
        ApiDomains(Silent, NAME).find()


def test_it_is_asked_in_the_real_world_and_not_in_a_rehearsal() -> None:
    assert isinstance(build_world(settings_with()).targets, ApiDomains)
    rehearsed: Settings = settings_with(aws={"endpoint_url": "http://127.0.0.1:1"})
    assert build_world(rehearsed).targets is NO_TARGET_FINDER
    assert NO_TARGET_FINDER.find() is None
