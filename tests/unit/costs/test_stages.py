"""Whole stages: what is billed by use, what was there already, what serverless adds."""

from dataclasses import replace

import pytest

from cutover.core import budgets
from cutover.core.prices import FIXED
from cutover.core.prices import HOURS as CUTOVERS_HOURS
from cutover.core.prices import PRICES as CUTOVERS
from dashboards.metrics import billed
from infra.costs.calculator import costs_of
from infra.costs.lines import Costs, Line
from infra.costs.plan import (
    BEFORE,
    BESIDE,
    BUDGET,
    FIGURES,
    LIMIT,
    READY_GB,
    SUMS,
    as_designed,
    contradictions,
    ready_usd,
    says,
)
from infra.costs.prices import HOURS, PRICES
from infra.costs.report import document
from infra.costs.resources import Unreadable
from infra.costs.usage import USAGE
from infra.stages.choice import STAGES, stage_of
from infra.stages.dev import DEV
from infra.stages.production import PRODUCTION
from infra.stages.staging import STAGING
from tests.unit.costs.made import reckoned, resource, template, usd

API = resource("AWS::ApiGatewayV2::Api")
ARM = resource("AWS::Lambda::Function", Architectures=["arm64"])
X86 = resource("AWS::Lambda::Function")
# The names of one price in `cutover cost` and here.
SHARED = {
    "lambda_million_requests": "lambda requests",
    "lambda_gb_second": "lambda x86_64",
    "lambda_gb_second_arm": "lambda arm64",
    "lambda_provisioned_gb_second": "lambda provisioned x86_64",
    "lambda_provisioned_gb_second_arm": "lambda provisioned arm64",
    "http_api_million_requests": "http api",
    "rds_proxy_vcpu_hour": "database proxy",
    "fargate_vcpu_hour": "fargate vcpu x86_64",
    "fargate_gb_hour": "fargate gb x86_64",
    "fargate_vcpu_hour_arm": "fargate vcpu arm64",
    "fargate_gb_hour_arm": "fargate gb arm64",
    "alb_hour": "load balancer",
    "alb_lcu_hour": "lcu",
}


def test_the_documents_traffic_costs_what_it_says_on_x86() -> None:
    costs = reckoned(PRODUCTION, api=API, one=X86)

    assert usd(costs, "requests of functions") == pytest.approx(2.00)
    assert usd(costs, "duration, x86_64") == pytest.approx(83.33, abs=0.01)
    assert usd(costs, "requests of the HTTP API") == pytest.approx(10.00)
    assert usd(costs, "logs") == pytest.approx(5.00)
    assert usd(costs, "custom metrics") == pytest.approx(billed() * 0.30)
    assert usd(costs, "answers and files to the internet") == pytest.approx(15.00)


def test_it_is_cheaper_on_arm() -> None:
    assert usd(reckoned(PRODUCTION, api=API, one=ARM), "duration, arm64") == pytest.approx(66.67, abs=0.01)


def test_functions_without_an_api_beside_them_have_no_requests() -> None:
    assert reckoned(PRODUCTION, one=ARM).of({"Lambda"}) == 0


def test_two_architectures_beside_one_api_have_no_one_price() -> None:
    with pytest.raises(Unreadable, match=r"arm64.*x86_64"):
        reckoned(PRODUCTION, api=API, one=ARM, two=X86)


def test_starts_from_snapshots_are_counted_where_there_are_any() -> None:
    snapped = resource("AWS::Lambda::Function", Architectures=["arm64"], SnapStart={"ApplyOn": "PublishedVersions"})

    assert usd(reckoned(STAGING, api=API, one=snapped), "starts from a snapshot") == pytest.approx(5000 * 0.0001397998)
    assert not [line for line in reckoned(STAGING, api=API, one=ARM).lines if "starts" in line.what]


def test_traces_are_the_first_of_a_second_and_a_twentieth_of_the_rest() -> None:
    assert USAGE["production"].traces == pytest.approx(2_628_000 + 0.05 * 7_372_000)
    assert USAGE["staging"].traces == 100_000


def test_what_production_has_already_is_counted_in_the_documents_sizes() -> None:
    costs = costs_of({}, PRODUCTION)

    there = {line.what: round(line.usd, 2) for line in costs.lines if line.adopted}
    assert there == {
        "NAT gateway": 32.85,
        "what passes the NAT gateway": 2.25,
        "addresses of NAT gateways": 3.65,
        "PostgreSQL on db.r6g.large": 164.25,
        "storage of the database": 11.50,
        "Redis, 1 × cache.r6g.large": 150.38,
        "OpenSearch, 2 × r6g.large.search": 243.82,
        "storage of OpenSearch": 12.20,
    }


def test_what_was_there_already_bears_no_tag_and_is_not_added() -> None:
    assert costs_of({}, PRODUCTION).of({"Network", "RDS"}) == 0


def test_other_stages_adopt_nothing() -> None:
    for stage in (DEV, STAGING):
        assert [line for line in costs_of({}, stage).lines if line.adopted] == []


def test_a_stage_may_adopt_its_network_alone() -> None:
    mixed = replace(PRODUCTION, data=STAGING.data)

    assert {line.service for line in costs_of({}, mixed).lines if line.adopted} == {"Network"}


def test_a_developers_own_stage_is_reckoned_as_development() -> None:
    assert costs_of({}, stage_of("dev", "ada")).total == costs_of({}, DEV).total


def test_equal_things_of_several_stacks_are_one_line() -> None:
    stacks = {name: template(key=resource("AWS::KMS::Key", "Keys")) for name in ("one", "two")}

    (line,) = (line for line in costs_of(stacks, DEV).lines if line.service == "Keys")
    assert (line.quantity, line.usd) == (2, 2.00)


def test_every_stage_has_a_usage() -> None:
    assert {stage.service_stage for stage in STAGES.values()} == set(USAGE)


@pytest.mark.parametrize("cutovers", CUTOVERS)
def test_cutover_cost_has_the_same_prices(cutovers: str) -> None:
    assert PRICES[SHARED[cutovers]].usd == CUTOVERS[cutovers].usd


def test_cutover_cost_has_the_same_figures_of_the_plan() -> None:
    def fixed(*names: str) -> float:
        return sum(FIXED[name].usd for name in names)

    assert says("RDS instance", "RDS storage") == fixed("rds_instance", "rds_storage")
    assert says("ElastiCache") == fixed("redis")
    assert says("OpenSearch") == fixed("opensearch", "opensearch_storage")
    assert says("S3") == pytest.approx(fixed("s3"))
    assert says("Data transfer") == fixed("transfer")
    assert says("CloudWatch") == fixed("cloudwatch")
    assert says("VPC") == pytest.approx(fixed("vpc"))
    assert (SUMS["Lambda"][0], SUMS["everything"][0]) == (budgets.PLAN_LAMBDA, budgets.PLAN_TOTAL)
    assert says("Provisioned concurrency") == budgets.PLAN_PROVISIONED
    assert HOURS == CUTOVERS_HOURS


def test_of_the_documents_lines_only_provisioned_concurrency_is_reckoned_wrongly() -> None:
    assert [figure.what for figure in FIGURES if not figure.is_right] == ["Provisioned concurrency"]
    (wrong,) = (figure for figure in FIGURES if not figure.is_right)
    assert wrong.makes == pytest.approx(27.375, abs=0.001)


@pytest.mark.parametrize("what", SUMS)
def test_the_documents_sums_hold(what: str) -> None:
    assert abs(says(what) - SUMS[what][0]) < 0.6


def test_the_document_beside_is_all_of_the_document() -> None:
    assert sum(says(one.what) for one in BESIDE) == pytest.approx(says("everything"))


def test_the_environments_that_are_kept_ready_are_those_of_the_function_table() -> None:
    assert READY_GB == 5 * 0.5 + 2 * 1 + 2 * 2
    assert ready_usd("arm64") == pytest.approx(74.46, abs=0.01)
    assert ready_usd("x86_64") == pytest.approx(93.08, abs=0.01)


def test_the_designs_sizes_are_dearer_than_the_cost_models() -> None:
    database, redis = 164.25 + 11.50, 150.38
    search = 121.91 + 3 * 93.44 + 24.40

    assert as_designed() == pytest.approx(database + redis + search)


def _production(added: float = 180.0) -> str:
    costs = Costs("production", costs_of({}, PRODUCTION).lines)
    return "\n".join(contradictions(costs, added))


@pytest.mark.parametrize(
    "figure",
    [
        "are $27.38, not $7.60, which is 3.6 times too little",
        "All nine are 8.5 GB and $93.08 at its price, $74.46 on arm64",
        "the duration of $83.33 is $66.67 on arm64",
        "it is $143.13 on arm64, $178.41 on x86",
        "$238 for one db.r6g.large is $0.326 an hour",
        "2 shards are $300.76 and 3 are $451.14",
        "2 are $243.82, not $200; 3 are $365.73",
        "$24.40 or $36.60",
        "so 100 000 are $0.50, not $0.20",
        "each further one is $32.85 more",
        "X-Ray is on in the design and in no figure",
        "The weeks in which ECS and Lambda both run are in no figure",
        "The budget of $200 a month stands beside a projection of $813 and a limit of $850",
        "$1200 - $813 = $387 holds, and is 32.25%",
        "need a total under $840, while the limit of $850 is met with 29.2%",
    ],
)
def test_each_contradiction_is_named_with_its_figures(figure: str) -> None:
    assert figure in _production()


def test_a_notice_that_comes_every_month_is_said() -> None:
    assert "It is over the budget, and the notice at 80% ($160) comes every month" in _production(added=201)
    assert "It is within the budget, and the notice at 80% ($160) comes every month" in _production(added=161)
    assert "It is within the budget, and the notice at 80% ($160) does not come" in _production(added=159)


def _document() -> str:
    stages = {name: costs_of({"made": template(key=resource("AWS::KMS::Key", "Keys"))}, stage)
              for name, stage in STAGES.items()}  # fmt: skip
    return document(stages, ("Lambda", "Keys"))


def test_the_document_has_every_stage_its_total_and_what_serverless_adds() -> None:
    text = _document()

    for name, stage in STAGES.items():
        costs = costs_of({"made": template(key=resource("AWS::KMS::Key", "Keys"))}, stage)
        assert f"\n## {name.capitalize()}: ${costs.total:,.2f} a month\n" in text
    assert text.count("by the tag Service (Keys, Lambda): **$1.00**") == len(STAGES)


def test_the_document_says_of_every_price_where_it_is_from() -> None:
    text = _document()

    for name, price in PRICES.items():
        assert f"| {name} | " in text
        assert price.source in text
    assert "| lambda arm64 | 0.0000133334 | GB-second | from memory |" in text
    assert "e-0" not in text


def test_the_documents_tables_add_up() -> None:
    production = _document().split("## Production: ")[1].split("\n## ")[0]
    rows = [row.split(" | ") for row in production.splitlines() if row.startswith("| ") and row.count("|") == 5]
    amounts = [float(row[-1].strip(" |*$").replace(",", "")) for row in rows if row[-1].strip(" |*$")[:1].isdigit()]
    named = [row[0].startswith("| **") for row in rows if row[-1].strip(" |*$")[:1].isdigit()]
    single = [amount for amount, is_sum in zip(amounts, named, strict=True) if not is_sum]

    assert len(single) > 10
    assert sum(single) == pytest.approx(amounts[-1], abs=0.01 * len(single))


def test_lines_of_a_reckoning_are_found_beside_the_document() -> None:
    free = PRICES["key"]
    (lambda_,) = (one for one in BESIDE if one.what == "Lambda")
    (vpc,) = (one for one in BESIDE if one.what == "VPC")
    lines = (
        Line("Lambda", "duration, arm64", 3, free),
        Line("Lambda", "logs", 5, free),
        Line("Network", "NAT gateway", 7, free),
        Line("Network", "addresses of NAT gateways", 11, free),
    )

    assert (lambda_.of(lines), vpc.of(lines)) == (3, 7)


def test_limits_are_those_of_the_stages() -> None:
    assert (PRODUCTION.added_budget_usd, PRODUCTION.total_budget_usd) == (BUDGET, LIMIT)
    assert BEFORE == 1200
