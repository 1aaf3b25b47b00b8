#!/usr/bin/env bash
# Shows what a deploy of the stage would change, in the log and in the run's summary: diff.sh STAGE
set -euo pipefail
stage=$1
seen=$(mktemp)
# By the templates alone: a change set would need the right to deploy. Without names: every stack.
.github/scripts/cdk.sh "$stage" diff --method template | tee "$seen"
{
  echo "## What a deploy changes in $stage"
  echo '```diff'
  head --bytes 900000 "$seen" # a summary holds 1 MiB
  echo '```'
} >> "${GITHUB_STEP_SUMMARY:-/dev/null}"
