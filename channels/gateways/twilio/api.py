"""Twilio's REST API (2010-04-01): one call, and sending."""

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from channels.gateways import Misconfigured, Outbound, Sent, Temporary, Unknown
from channels.gateways.calls import call, pause_of
from channels.gateways.twilio.errors import FAILURE_OF_CODE, FAILURE_OF_STATUS, failure_of
from channels.gateways.twilio.wire import WHATSAPP, Credentials, delivery_of


def ask(method: str, url: str, credentials: Credentials, body: str | None = None) -> Any:
    """Twilio's answer to a call; raises the `SendFailure` that fits what went wrong and when."""
    headers = urllib3.make_headers(basic_auth=f"{credentials.account_sid}:{credentials.auth_token}")
    if body is not None:
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    response = call(method, url, headers, body)
    try:
        answer = json.loads(response.data)
    except ValueError:
        answer = {}
    if not isinstance(answer, dict):
        answer = {}
    if response.status in (200, 201):
        return answer
    code = str(answer.get("code") or "")
    if code.isdecimal() and int(code) in FAILURE_OF_CODE:
        failure = failure_of(code)
    elif response.status >= 500:
        failure = FAILURE_OF_STATUS.get(response.status, Unknown)
    elif 300 <= response.status < 400:
        failure = Misconfigured
    else:
        failure = FAILURE_OF_STATUS.get(response.status, Temporary)
    raise failure(code or str(response.status), retry_after=pause_of(response.headers))


def messages_url(credentials: Credentials) -> str:
    """Where the account's messages are, to send one as to list them."""
    return f"{credentials.api_url.rstrip('/')}/2010-04-01/Accounts/{credentials.account_sid}/Messages.json"


def send(outbound: Outbound, credentials: Credentials) -> Sent:
    """Hand a message to Twilio; raises a `SendFailure`. Safe in threads, which share kept-alive
    connections."""
    fields = {"To": outbound.to}
    if credentials.messaging_service and not outbound.sender.startswith(WHATSAPP):
        fields["MessagingServiceSid"] = credentials.messaging_service
    else:
        fields["From"] = outbound.sender
    if outbound.template is None:
        fields["Body"] = outbound.text
    else:
        fields |= {"ContentSid": outbound.template, "ContentVariables": _as_json(outbound.variables)}
    if outbound.callback_url:
        fields["StatusCallback"] = outbound.callback_url
    body = urlencode(fields, errors="replace")
    answer = ask("POST", messages_url(credentials), credentials, body)
    if not answer.get("sid"):
        raise Unknown("no sid")
    return Sent(str(answer["sid"]), delivery_of(answer.get("status")))


def _as_json(variables: Mapping[str, str]) -> str:
    return json.dumps(dict(variables), ensure_ascii=False)
