"""Runs a Lambda handler as its environment does: import it by name, hand it the events of stdin, print the answers."""

import importlib
import json
import sys

from tests.fakes.lambda_events import Context


def main(name: str) -> None:
    """The answers come as one JSON line each, marked, as the service logs to stdout as well."""
    handler = importlib.import_module(name).handler
    for line in sys.stdin:
        try:
            answer = handler(json.loads(line), Context())
        except Exception as error:  # noqa: BLE001 - what Lambda would see
            answer = {"raised": type(error).__name__}
        sys.stdout.write("ANSWER " + json.dumps(answer) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
