"""Who may knock at the doors of providers that sign nothing: the secret alone is not enough where addresses are known (S1)."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from flask import request

from channels.gateways import NotAuthentic
from channels.registry import ChannelInfo


def require_address(channel: ChannelInfo) -> None:
    """Return if the request comes from an address that the channel allows; raises ``NotAuthentic`` otherwise, also where it
    names none at all.
    """
    networks = [
        ip_network(network) for network in channel.credentials.get("allow_from", "").split(",") if network
    ]
    peer = _plain(ip_address(_peer()))
    if not any(peer in network for network in networks):
        raise NotAuthentic


def _plain(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """An address of version 4 as such, also where a server that listens to both writes it as one of version 6."""
    return getattr(address, "ipv4_mapped", None) or address


def _peer() -> str:
    """Where the request comes from; behind a proxy on this machine, the last address that it has noted."""
    direct = request.remote_addr or "0.0.0.0"
    noted = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
    if not _plain(ip_address(direct)).is_loopback or not noted:
        return direct
    try:
        return str(ip_address(noted))
    except ValueError as broken:
        raise NotAuthentic from broken
