"""The Lambda side: the functions, what migrates their database, and the HTTP API before them."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from constructs import Construct

from infra import handles
from infra.constructs.environment import service_environment
from infra.constructs.http_api import PublicApi, Served
from infra.constructs.migrations import Migrations
from infra.constructs.package import Package
from infra.constructs.parser import Parser, dead_letters_name
from infra.constructs.service_function import ServiceFunction, Surroundings, Wiring
from infra.findings import accept
from infra.functions import FUNCTIONS, PARSER, Function
from infra.package.artifacts import Artifacts
from infra.permissions import PERMISSIONS, On
from infra.stages.model import Stage

_OF_313 = "The package's compiled parts are built for Python 3.13, and tested on it"


class ApiStack(cdk.Stack):
    """Everything that answers for the API on Lambda."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        stage: Stage,
        network: handles.Network,
        data: handles.Data,
        artifacts: Artifacts,
        **options: Any,
    ) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "Lambda")
        accept(self, _OF_313, "AwsSolutions-L1", "Serverless-LambdaLatestVersion")
        around = Surroundings(stage, network, data, Package(self, "package", artifacts))
        functions = _functions(self, around)
        migrations = Migrations(self, "migrations", around)
        for one in functions.values():
            one.alias.node.add_dependency(migrations.run)
        served = [Served(spec, functions[spec.name].alias) for spec in FUNCTIONS if spec.routes]
        public = PublicApi(self, "http", stage=stage, served=served)
        cdk.Tags.of(public).add("Service", "APIGateway")
        self.handles = handles.Api(
            api_id=public.api.api_id,
            dead_letters=dead_letters_name(stage),
            functions=[functions[spec.name].function for spec in FUNCTIONS],
            regional_domain=public.domain.regional_domain_name if public.domain else None,
            regional_zone_id=public.domain.regional_hosted_zone_id if public.domain else None,
        )
        _say(self, self.handles, public)
        _say_roles(self, functions)


def _functions(stack: cdk.Stack, around: Surroundings) -> Mapping[str, ServiceFunction]:
    """Each by its name."""
    environment = service_environment(around.stage, around.data)
    by_name = {spec.name: spec for spec in FUNCTIONS}
    parser = Parser(stack, by_name[PARSER], around, environment).service_function
    return {
        PARSER: parser,
        **{
            spec.name: ServiceFunction(stack, spec, around, _wiring(spec, environment, parser))
            for spec in FUNCTIONS
            if spec.name != PARSER
        },
    }


def _wiring(spec: Function, environment: Mapping[str, str], parser: ServiceFunction) -> Wiring:
    if all(one.on is not On.PARSER for one in PERMISSIONS[spec.name]):
        return Wiring(environment=environment)
    arn = parser.alias.function_arn
    return Wiring(environment={**environment, "PARTS_LIST_PARSER_FUNCTION": arn}, parser_arn=arn)


def _say(stack: cdk.Stack, made: handles.Api, public: PublicApi) -> None:
    """What goes into cutover.toml, by its keys."""
    told: Sequence[tuple[str, str, str | None]] = (
        ("LambdaApiId", "cutover.toml: [lambda] api_id", made.api_id),
        ("LambdaFunctions", "cutover.toml: [lambda] functions", ", ".join(one.function_name for one in made.functions)),
        ("LambdaTarget", "cutover adopt --lambda-target", made.regional_domain),
        ("LambdaZone", "cutover adopt --lambda-zone", made.regional_zone_id),
    )
    for name, description, value in told:
        if value is not None:
            cdk.CfnOutput(stack, name, description=description, value=value)
    if not public.api.disable_execute_api_endpoint:
        cdk.CfnOutput(
            stack, "Endpoint", description="The gateway's own address, for tests", value=public.api.api_endpoint
        )


def _say_roles(stack: cdk.Stack, functions: Mapping[str, ServiceFunction]) -> None:
    """Who searches. The domain's own access control lets in nobody that it was not told of."""
    searching = [name for name, allowed in PERMISSIONS.items() if any(one.on is On.SEARCH for one in allowed)]
    cdk.CfnOutput(
        stack,
        "SearchRoles",
        description="OpenSearch: the backend roles of the search domain's role mapping",
        value=", ".join(functions[name].role.role_arn for name in searching),
    )
