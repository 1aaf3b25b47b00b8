#!/usr/bin/env bash
# Puts the image that was built, dist/image/image.tar.gz, into the stage's repository, once: push.sh STAGE
# IMAGE_DIGEST: its SHA-256, as the job that built it told. The tag is the commit; tags can't be moved to another image.
set -euo pipefail
stage=$1 repository="lego-api-service-$1" tag=$GITHUB_SHA
echo "$IMAGE_DIGEST  dist/image/image.tar.gz" | sha256sum --check --strict
.github/scripts/cdk.sh "$stage" deploy "lego-api-registry-$stage" --require-approval never
if aws ecr describe-images --repository-name "$repository" --image-ids "imageTag=$tag" > /dev/null 2>&1; then
  echo "$repository:$tag is there already."
  exit 0
fi
registry="$(aws sts get-caller-identity --query Account --output text).dkr.ecr.$AWS_REGION.amazonaws.com"
aws ecr get-login-password | docker login --username AWS --password-stdin "$registry"
docker load --input dist/image/image.tar.gz
docker tag "service:$tag" "$registry/$repository:$tag"
docker push "$registry/$repository:$tag"
docker logout "$registry"
