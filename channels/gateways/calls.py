"""One call to a provider over HTTP; what it means when no answer comes. Safe in threads, which share kept-alive connections."""

import ssl
from collections.abc import Mapping
from functools import cache

import urllib3

from . import Misconfigured, Temporary, Unknown

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 15.0
"""Seconds."""


@cache
def _pool() -> urllib3.PoolManager:
    timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT, read=READ_TIMEOUT)
    return urllib3.PoolManager(num_pools=4, maxsize=128, timeout=timeout, retries=False)


def call(
    method: str, url: str, headers: Mapping[str, str], body: str | bytes | None = None
) -> urllib3.BaseHTTPResponse:
    """The provider's answer, whatever it says; raises ``Temporary`` or ``Misconfigured`` where the request cannot have
    arrived, and ``Unknown`` where it was on its way."""
    try:
        return _pool().request(method, url, body=body, headers=headers, redirect=False)
    except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
        raise Temporary("unreachable") from error
    except urllib3.exceptions.LocationValueError as error:
        raise Misconfigured("address") from error
    except urllib3.exceptions.HTTPError as error:
        if error.args and isinstance(error.args[0], ssl.SSLCertVerificationError):
            raise Misconfigured("certificate") from error
        raise Unknown("no answer") from error


def seconds(retry_after: str | None) -> float | None:
    """The seconds in a Retry-After header, where it holds any."""
    return float(retry_after) if retry_after and retry_after.isdecimal() else None
