"""The Lambda function of the MOC routes, and of what no other function's route takes.

That is why it knows the health routes, too: `/health/` is no route of the gateway's, and answered on ECS.
"""

from service.domains.health.deps import domain as health
from service.domains.mocs.deps import domain as mocs
from service.entrypoints.lambda_adapter import http_handler

handler = http_handler(mocs, health)
