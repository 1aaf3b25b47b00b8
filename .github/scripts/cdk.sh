#!/usr/bin/env bash
# The CDK command line for a stage, in the only version that anything here runs: cdk.sh STAGE COMMAND…
set -euo pipefail
stage=$1
shift
npx --yes aws-cdk@2.1148.1 "$@" --ci --no-color -c "stage=$stage" -c "image_tag=$GITHUB_SHA"
