#!/usr/bin/env bash
# Ends the job unless `cutover` says that a deploy disturbs nobody.
# CUTOVER_TOML: the stage's settings, or the word none. OBSERVE_ROLE_ARN: the role to look with.
set -euo pipefail
if [ -z "${CUTOVER_TOML:-}" ]; then
  echo "CUTOVER_TOML is empty: give it the stage's cutover.toml, or the word none until a migration is set up." >&2
  exit 2
fi
if [ "$CUTOVER_TOML" = none ]; then
  echo "CUTOVER_TOML is none: no migration of this stage is set up, so there is none to disturb."
  exit 0
fi
folder=$(mktemp -d)
printf '%s\n' "$CUTOVER_TOML" > "$folder/cutover.toml"
printf '[profile observe]\nrole_arn = %s\ncredential_source = Environment\n' "$OBSERVE_ROLE_ARN" > "$folder/aws"
AWS_CONFIG_FILE="$folder/aws" python -m cutover status --json --config "$folder/cutover.toml" --profile observe \
  | python -m infra.delivery.guard
