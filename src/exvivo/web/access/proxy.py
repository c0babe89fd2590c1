"""Sign-in by a proxy in front of the door, which names the person in a header.

Anybody can send a header. It counts only on a connection from the proxy: its address, or the Unix
socket that only it can reach.
"""

from __future__ import annotations

from ipaddress import ip_address, ip_network

from fastapi import Request

from exvivo.web.settings import UNIX_SOCKET, Proxy


def named_by_proxy(request: Request, proxy: Proxy | None) -> str:
    """Whom a trusted proxy names; nothing where no proxy is trusted, the request does not come from
    it, or it names nobody (or more than one).
    """
    if proxy is None or not is_trusted(request, proxy):
        return ""
    names = request.headers.getlist(proxy.header)
    return names[0].strip()[:200] if len(names) == 1 else ""


def is_trusted(request: Request, proxy: Proxy) -> bool:
    """Whether the connection of a request is from the proxy itself."""
    if request.client is None or not request.client.host:
        return UNIX_SOCKET in proxy.trusted
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    networks = (ip_network(each) for each in proxy.trusted if each != UNIX_SOCKET)
    return any(address in network for network in networks)
