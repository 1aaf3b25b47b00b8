#!/usr/bin/env bash
# Deploys every stack of the stage, and writes what they tell to dist/cdk-outputs.json: deploy.sh STAGE
set -euo pipefail
stage=$1
# Whoever approved the run has approved its changes: nobody is there to be asked again.
.github/scripts/cdk.sh "$stage" deploy --all --require-approval never --progress events --outputs-file dist/cdk-outputs.json
