"""The pictures that came with messages, from where Twilio keeps them."""

import re
from urllib.parse import urljoin, urlparse

import urllib3

from channels.gateways import Permanent, SendFailure, Temporary
from channels.gateways.calls import Downloaded, download, pause_of
from channels.gateways.twilio.errors import FAILURE_OF_STATUS
from channels.gateways.twilio.wire import API_URL, Credentials

_STORES = re.compile(r"(?:[\w-]+\.)+(?:twiliocdn|twilio)\.com")
"""Where Twilio keeps media: its API says so by a redirect."""
_MOST_REDIRECTS = 3
_REDIRECTS = (301, 302, 303, 307, 308)


def fetch_media(where: str, credentials: Credentials, most: int) -> bytes:
    """What came with a message, from the address in its webhook: of the account's API alone, and through redirects of Twilio's
    own stores, which are not told who asks. Raises `TooLarge`, `Permanent` for an address elsewhere, or a `SendFailure`: media
    may be announced before they are there."""
    if not _is_of_api(where, credentials):
        raise Permanent("foreign address")
    asked = urllib3.make_headers(basic_auth=f"{credentials.account_sid}:{credentials.auth_token}")
    answer = download(where, asked, most)
    for _ in range(_MOST_REDIRECTS):
        if answer.status not in _REDIRECTS:
            break
        where = urljoin(where, answer.headers.get("Location", ""))
        if not _is_store(where, credentials):
            raise Permanent("foreign redirect")
        answer = download(where, {}, most)
    if answer.status == 200:
        return answer.data
    raise _not_given(answer)


def _is_of_api(address: str, credentials: Credentials) -> bool:
    given = urlparse(address)
    own = {(base.scheme, base.netloc) for base in map(urlparse, (API_URL, credentials.api_url))}
    return (given.scheme, given.netloc) in own and given.path.startswith("/2010-04-01/Accounts/")


def _is_store(address: str, credentials: Credentials) -> bool:
    given, base = urlparse(address), urlparse(credentials.api_url)
    if given.username or given.password:
        return False
    if (given.scheme, given.hostname) == (base.scheme, base.hostname):
        return True
    return given.scheme == "https" and given.port is None and bool(_STORES.fullmatch(given.hostname or ""))


def _not_given(answer: Downloaded) -> SendFailure:
    failure = Temporary if answer.status == 404 else FAILURE_OF_STATUS.get(answer.status, Temporary)
    return failure(str(answer.status), retry_after=pause_of(answer.headers))
