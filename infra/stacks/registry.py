"""Where images of the service lie: it has to be there, with an image in it, before the container stack is deployed."""

from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_ecr as ecr
from constructs import Construct

from infra.constructs.keeping import removal
from infra.stages.model import Stage

MOST_IMAGES = 30  # releases that can be gone back to


def repository_name(stage: Stage) -> str:
    """The repository's name in ECR."""
    return stage.named("service")


class RegistryStack(cdk.Stack):
    """One repository. A tag, once pushed, stays with its image: nothing that was tried changes behind its name."""

    def __init__(self, scope: Construct, construct_id: str, *, stage: Stage, **options: Any) -> None:
        super().__init__(scope, construct_id, **options)
        cdk.Tags.of(self).add("Service", "ECS")
        repository = ecr.Repository(
            self,
            "Service",
            repository_name=repository_name(stage),
            encryption=ecr.RepositoryEncryption.AES_256,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            lifecycle_rules=[ecr.LifecycleRule(max_image_count=MOST_IMAGES, description="The newest releases")],
            empty_on_delete=not stage.keep_data,
            removal_policy=removal(stage),
        )
        said = "Where the service's image is pushed to"
        cdk.CfnOutput(self, "Repository", value=repository.repository_uri, description=said)
