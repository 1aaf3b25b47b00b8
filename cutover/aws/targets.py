"""Where Lambda's record has to point: the regional name of the HTTP API's custom domain."""

from collections.abc import Callable
from typing import Any

from cutover.aws.errors import Again, Rejected, translated
from cutover.core.adopting import LambdaTarget
from cutover.ports import ControlPlaneUnavailable

READ_SECONDS = 5
ATTEMPTS = 3
_CALL = "apigateway:GetDomainName"


class ApiDomains:
    """A TargetFinder. `client` makes the boto3 client (apigatewayv2) when it is first needed."""

    def __init__(self, client: Callable[[], Any], name: str, profile: str = "") -> None:
        self._make_client, self._name, self._profile = client, name, profile

    def find(self) -> LambdaTarget | None:
        """The target; None: the API has no such custom domain. Raises NotAllowed, ControlPlaneUnavailable."""
        try:
            with translated(_CALL, self._profile):
                answer = self._make_client().get_domain_name(DomainName=self._name)
        except Rejected as refusal:
            if refusal.code == "NotFoundException":
                return None
            raise ControlPlaneUnavailable(str(refusal)) from refusal
        except Again as again:
            raise ControlPlaneUnavailable(str(again)) from again
        found = [one for one in answer.get("DomainNameConfigurations", ()) if one.get("ApiGatewayDomainName")]
        if not found:
            return None
        domain = found[0]
        is_dual = domain.get("IpAddressType") == "dualstack"
        return LambdaTarget(str(domain["ApiGatewayDomainName"]), str(domain["HostedZoneId"]), ipv6=is_dual)
