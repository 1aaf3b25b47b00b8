"""Where a log line or a metric comes from: stage, platform, function; the same words in both."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

SERVICE = "lego-api"


@dataclass(frozen=True, slots=True)
class Origin:
    """One process of a deployed stage. `function` is the Lambda function's full name, "" on ECS."""

    stage: str
    function: str = ""

    @classmethod
    def of(cls, env: Mapping[str, str]) -> "Origin":
        """What the variables say; see README.md."""
        stage = env.get("DEPLOYMENT") or env.get("STAGE") or "development"
        return cls(stage, env.get("AWS_LAMBDA_FUNCTION_NAME", ""))

    @classmethod
    def here(cls) -> "Origin":
        """This process."""
        return cls.of(os.environ)

    @property
    def platform(self) -> str:
        """Which side it is."""
        return "lambda" if self.function else "ecs"

    @property
    def short_function(self) -> str:
        """`mocs` of `lego-api-mocs-production`: what dashboards call the function."""
        return self.function.removeprefix(f"{SERVICE}-").removesuffix(f"-{self.stage}")
