"""Moto with tasks that run, in a process of its own: what is changed in it stays there."""

import subprocess
import sys

SCRIPT = """
import boto3
from moto import mock_aws
from cutover.rehearsal.stack import account_server
account_server.let_tasks_run()
account_server.spare_a_package()
with mock_aws():
    session = boto3.Session("a", "b", region_name="us-east-1")
    ecs = session.client("ecs")
    ecs.create_cluster(clusterName="main")
    ecs.register_task_definition(family="api", containerDefinitions=[{"name": "api", "image": "api", "memory": 64}])
    ecs.create_service(cluster="main", serviceName="api", taskDefinition="api", desiredCount=2)
    ecs.update_service(cluster="main", service="api", desiredCount=3)
    [service] = ecs.describe_services(cluster="main", services=["api"])["services"]
    print(service["desiredCount"], service["runningCount"], service["pendingCount"])
    print(service["deployments"][0]["rolloutState"])
    print(len(session.client("apigatewayv2").get_domain_names()["Items"]))
"""


def test_a_service_has_as_many_tasks_as_it_wants_and_domains_can_be_asked_for() -> None:
    command = [sys.executable, "-W", "ignore", "-c", SCRIPT]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.stdout == "3 3 0\nCOMPLETED\n0\n", ran.stderr
