"""The Lambda function of the user routes."""

from service.domains.users.deps import domain
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(domain)
