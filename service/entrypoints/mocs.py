"""The Lambda function of the MOC routes."""

from service.domains.mocs.deps import domain
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(domain)
