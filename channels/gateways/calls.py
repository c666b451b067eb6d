"""One call to a provider over HTTP; what it means when no answer comes. Safe in threads, which share kept-alive connections."""

import re
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cache

import urllib3

from . import AccountRefused, Misconfigured, Temporary, TooLarge, Unknown

CONNECT_TIMEOUT = 5.0
READ_TIMEOUT = 15.0
"""Seconds."""

LONGEST_PAUSE = 3600.0
"""Seconds for which a provider is left alone at most, whatever it says."""

LONGEST_DOWNLOAD = 60.0
PIECE = 64 * 1024


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
            raise AccountRefused("certificate") from error
        raise Unknown("no answer") from error


@dataclass(frozen=True)
class Downloaded:
    """An answer to a request for a file; without the file where it is none."""

    status: int
    headers: Mapping[str, str]
    data: bytes


def download(url: str, headers: Mapping[str, str], most: int) -> Downloaded:
    """The answer to a GET, which changes nothing and can be made again: raises ``Temporary`` wherever none comes within a
    minute, ``Misconfigured`` for a bad address or certificate, and ``TooLarge`` beyond ``most`` bytes, without taking in more."""
    until, data = time.monotonic() + LONGEST_DOWNLOAD, bytearray()
    response = None
    try:
        response = _pool().request(
            "GET",
            url,
            headers={**headers, "Accept-Encoding": "identity"},
            redirect=False,
            preload_content=False,
        )
        if response.status != 200:
            return Downloaded(response.status, response.headers, b"")
        if int(response.headers.get("Content-Length") or 0) > most:
            raise TooLarge
        while piece := response.read(PIECE, decode_content=False):
            data += piece
            if len(data) > most:
                raise TooLarge
            if time.monotonic() > until:
                raise Temporary("too slow")
        answer = Downloaded(response.status, response.headers, bytes(data))
        response.release_conn()
        return answer
    except urllib3.exceptions.LocationValueError as error:
        raise Misconfigured("address") from error
    except urllib3.exceptions.HTTPError as error:
        if error.args and isinstance(error.args[0], ssl.SSLCertVerificationError):
            raise AccountRefused("certificate") from error
        raise Temporary("no answer") from error
    finally:
        if response is not None:
            response.close()


def pause_of(headers: Mapping[str, str]) -> float | None:
    """The seconds for which an answer's Retry-After asks to be left alone, an hour at most, where it says any.

    A date in it is seen from the answer's own Date: the provider's clock may be wrong, and ours too.
    """
    said = headers.get("Retry-After", "").strip()
    if re.fullmatch("[0-9]+", said):
        return min(float(said), LONGEST_PAUSE)
    until = _moment(said)
    if until is None:
        return None
    now = _moment(headers.get("Date", "")) or datetime.now(UTC)
    return min(max((until - now).total_seconds(), 0.0), LONGEST_PAUSE)


def _moment(date: str) -> datetime | None:
    """A date as HTTP writes them, in any of its three forms."""
    try:
        moment = parsedate_to_datetime(date)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
