"""What the load balancer's tests share."""

from contextlib import AbstractAsyncContextManager

from tests.integration.rehearsal.edge_rig import ALB, Client, Rig

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
BALANCER = "app/lego-api/50dc6c495c0c9188"


def client(rig: Rig) -> AbstractAsyncContextManager[Client]:
    """A connection to the balancer."""
    return Client.to(ALB, rig.ready.alb_port)
