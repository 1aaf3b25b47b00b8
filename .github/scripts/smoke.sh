#!/usr/bin/env bash
# Asks the Lambda side of the public name, whatever DNS answers just now: smoke.sh STAGE, after deploy.sh STAGE
# PUBLIC_NAME: of the API. What is unhealthy answers 503, and that fails.
set -euo pipefail
stage=$1
target=$(python -c 'import json, sys; print(json.load(open("dist/cdk-outputs.json"))[sys.argv[1]]["LambdaTarget"])' \
  "lego-api-api-$stage")
ask() {
  curl --silent --show-error --fail --max-time 15 --retry 5 --retry-all-errors --retry-max-time 120 \
    --connect-to "$PUBLIC_NAME:443:$target:443" "$@"
}
ask "https://$PUBLIC_NAME/health"
echo
# Without a token it is refused, by the service and in its words: the way through the gateway is there.
status=$(ask --no-fail --output /dev/null --write-out '%{http_code}' "https://$PUBLIC_NAME/api/mocs")
echo "GET /api/mocs without a token: $status"
[ "$status" = 401 ]
