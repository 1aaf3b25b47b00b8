"""What the runbooks type, and the IAM actions that `aws` takes for it, by the models that the AWS command line has."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import cfnlint.data.AdditionalSpecs
import click
from botocore import xform_name
from botocore.model import OperationModel
from cfnlint.helpers import load_resource

from tests.runbooks.page import Page, parse

RUNBOOKS = Path(__file__).parents[2] / "runbooks"
INDEX = "README"  # whose lines set up the shell of all pages
WITHOUT_A_CALL = "configure"
FILES = "s3"  # `aws s3`, whose commands are made of several operations
MODELS = {"s3api": "s3"}  # botocore's names, where they are not the command line's
PREFIXES = {"s3api": "s3", "apigatewayv2": "apigateway", "elbv2": "elasticloadbalancing"}  # IAM's names
BY_METHOD = "apigateway"  # whose actions are those of HTTP
OTHERWISE = {  # what IAM calls otherwise than the operation
    "budgets:DescribeBudgets": "budgets:ViewBudget",
    "lambda:Invoke": "lambda:InvokeFunction",
    "s3:HeadObject": "s3:GetObject",
}
ALSO = {"ecs:RunTask": {"iam:PassRole"}}  # of the roles that the task definition names
ALWAYS_ALLOWED = {"sts:GetCallerIdentity"}
OF_EVERY_COMMAND = {
    "cli-input-json", "cli-read-timeout", "endpoint-url", "format", "max-items", "output", "query", "region",
}  # fmt: skip
_BEFORE = r"(?:\A|[;|&({])\s*"  # where a shell takes a word for a command
_CALL = re.compile(
    rf"{_BEFORE}aws (?P<service>[a-z0-9-]+) (?P<operation>[a-z0-9-]+)(?P<rest>.*?)(?={_BEFORE}aws [a-z]|\Z)", re.DOTALL
)
_VALUE = r"(?:\"[^\"]*\"|'[^']*'|[^\s\"'-][^\s\"']*)"
_OPTION = re.compile(rf"--(?P<name>[a-z][a-z-]*)(?P<values>(?:[ =]+{_VALUE})*)")
_INLINE = re.compile(r"`(aws [^`]+)`")
_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Typed:
    """One command: `aws SERVICE OPERATION`, what follows it, and the page that has it."""

    page: str
    service: str
    operation: str
    rest: str

    def __str__(self) -> str:
        return f"{self.page}: aws {self.service} {self.operation}"

    @property
    def options(self) -> Mapping[str, Sequence[str]]:
        """Each option with its values, without quotes; a switch has none."""
        return {
            one["name"]: [value.strip("\"'") for value in re.findall(_VALUE, one["values"])]
            for one in _OPTION.finditer(self.rest)
        }

    @property
    def unknown_options(self) -> Sequence[str]:
        """Those that the operation does not take. Raises KeyError as `actions`."""
        if self.service in {FILES, WITHOUT_A_CALL} or self.operation == "wait":
            return []
        shape = self._model.input_shape
        members = {xform_name(name).replace("_", "-") for name in (shape.members if shape else ())}
        return sorted(set(self.options) - OF_EVERY_COMMAND - members)

    @property
    def actions(self) -> frozenset[str]:
        """What IAM has to allow. Raises KeyError for an operation that there is not."""
        if self.service == WITHOUT_A_CALL:
            return frozenset()
        if self.service == FILES:
            return _of_files(self.operation, self.rest.split())
        model, prefix = self._model, PREFIXES.get(self.service, self.service)
        named = f"{prefix}:{model.http['method'] if prefix == BY_METHOD else model.name}"
        return frozenset({OTHERWISE.get(named, named), *ALSO.get(named, ())}) - ALWAYS_ALLOWED

    @property
    def _model(self) -> OperationModel:
        named = self.operation.replace("-", "_")
        if named == "wait":
            named = _waiters(self.service)[self.rest.split()[0].replace("-", "_")]
        return _operations(self.service)[named]


def commands_in(text: str, page: str) -> Iterator[Typed]:
    """Those of what is typed at once, however many it makes of it."""
    for call in _CALL.finditer(text.replace("\\\n", " ")):
        yield Typed(page, call["service"], call["operation"], call["rest"])


def commands(group: click.Group, before: str = "") -> Iterator[str]:
    """Every command of `cutover` that can be typed."""
    context = click.Context(group)
    for name in group.list_commands(context):
        found, whole = group.get_command(context, name), f"{before}{name}"
        if isinstance(found, click.Group):
            yield from commands(found, f"{whole} ")
        else:
            yield whole


@cache
def pages() -> Mapping[str, Page]:
    """Every alarm's page, every procedure, and the index, which has no front matter and is given one."""
    paths = [*sorted(RUNBOOKS.glob("alarms/*.md")), *sorted(RUNBOOKS.glob("procedures/*.md"))]
    index = f"---\npage: {INDEX}\n---\n{_text(RUNBOOKS / f'{INDEX}.md')}"
    return {**{path.stem: parse(_text(path), path.name) for path in paths}, INDEX: parse(index, INDEX)}


def lines_of(page: Page) -> Sequence[str]:
    """Everything that a page has one type, tried or not."""
    return [command.text for section in page.sections for block in section.blocks for command in block.commands]


@cache
def typed_by_pages() -> Mapping[str, Sequence[Typed]]:
    """What each page has one type after `aws`: in its blocks, and in the words between them."""
    return {name: list(_typed(name, page)) for name, page in pages().items()}


def known_to_aws(action: str) -> bool:
    """Whether IAM has this action, by AWS's list of them as cfn-lint carries it."""
    return _listed(action) is not None


def is_on_resources(action: str) -> bool:
    """Whether AWS lets one allow it on less than everything, by the same list."""
    return bool((_listed(action) or {}).get("Resources"))


def _typed(name: str, page: Page) -> Iterator[Typed]:
    for line in lines_of(page):
        yield from commands_in(line, name)
    for section in page.sections:
        for inline in _INLINE.findall(_BLOCK.sub("", section.text)):
            yield from commands_in(inline, name)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def _of_files(operation: str, words: Sequence[str]) -> frozenset[str]:
    """Of `aws s3 cp` and `aws s3 sync`, from a bucket or into one."""
    moved = "s3:GetObject" if words[0].startswith("s3://") else "s3:PutObject"
    return {"cp": frozenset({moved}), "sync": frozenset({moved, "s3:ListBucket"})}[operation]


@cache
def _operations(service: str) -> Mapping[str, OperationModel]:
    model = botocore.session.get_session().get_service_model(MODELS.get(service, service))
    return {xform_name(name): model.operation_model(name) for name in model.operation_names}


@cache
def _waiters(service: str) -> Mapping[str, str]:
    """What `aws SERVICE wait WAITER` asks again and again."""
    waiters = botocore.session.get_session().get_waiter_model(MODELS.get(service, service))
    return {xform_name(name): xform_name(waiters.get_waiter(name).operation) for name in waiters.waiter_names}


@cache
def _actions_of_aws() -> Mapping[str, Any]:
    found: Mapping[str, Any] = load_resource(cfnlint.data.AdditionalSpecs, "Policies.json")
    return found


def _listed(action: str) -> Mapping[str, Any] | None:
    service, _, name = action.partition(":")
    found: Mapping[str, Any] | None = _actions_of_aws().get(service, {}).get("Actions", {}).get(name.lower())
    return found
