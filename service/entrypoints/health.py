"""The Lambda function of the health route."""

from service.domains.health.deps import domain
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(domain)
