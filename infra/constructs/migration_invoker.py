"""Inline code of a Lambda function: CloudFormation asks it to run the migration, and hears how that went."""

import json
import logging
import time
from typing import Any

import boto3
import cfnresponse  # type: ignore[import-not-found]  # Lambda puts it beside inline code
from botocore.config import Config
from botocore.exceptions import ClientError

MIGRATION_SECONDS = 870  # longer than the migration may take, less than this function has
NOT_YET = ("AccessDeniedException", "ResourceConflictException")  # a new role and a new function take a moment
ATTEMPTS, PAUSE_SECONDS = 12, 5
Event = dict[str, Any]

log = logging.getLogger("migration")


def handler(event: Event, context: Any) -> None:
    """Answer CloudFormation in every case: a deploy that hears nothing waits for an hour."""
    failed = None
    try:
        if wanted(event):
            migrate(event["ResourceProperties"]["Version"])
    except Exception as error:  # the outermost boundary
        failed = str(error)[:500]
        log.exception(failed)
    status = cfnresponse.FAILED if failed else cfnresponse.SUCCESS
    cfnresponse.send(event, context, status, {}, event.get("PhysicalResourceId", "migration"), reason=failed)


def wanted(event: Event) -> bool:
    """Not when the stack is deleted, nor on the way back from a deploy that failed.

    Then there is nothing to do: what the newer code has added stays, and the older would not know it. Lambda gives no
    version's number twice, so a lower one than before is a way back.
    """
    if event["RequestType"] == "Delete":
        return False
    function, _, number = event["ResourceProperties"]["Version"].rpartition(":")
    before, _, number_before = event.get("OldResourceProperties", {}).get("Version", ":0").rpartition(":")
    return function != before or int(number) >= int(number_before)


def migrate(version_arn: str) -> None:
    """Run it, once, to its end. Raises RuntimeError with what it said when it failed."""
    config = Config(read_timeout=MIGRATION_SECONDS, retries={"total_max_attempts": 1}, tcp_keepalive=True)
    answer = invoked(boto3.client("lambda", config=config), version_arn)
    if "FunctionError" in answer:
        told = json.loads(answer["Payload"].read())
        raise RuntimeError(f"The migration failed: {told.get('errorMessage', told)}")


def invoked(client: Any, version_arn: str) -> Event:
    """Lambda's answer."""
    for left in reversed(range(ATTEMPTS)):
        try:
            answer: Event = client.invoke(FunctionName=version_arn, Payload=b"{}")
        except ClientError as error:
            if not left or error.response["Error"]["Code"] not in NOT_YET:
                raise
            time.sleep(PAUSE_SECONDS)
        else:
            return answer
    raise ValueError("ATTEMPTS is none")
