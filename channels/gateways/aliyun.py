"""Aliyun SMS: pushes of messages and reports in, sending by approved templates through its SDK (2017-05-25).

Nothing can be said in the answer to a push, and nothing is sent but templates that Aliyun has approved, under a
signature that it has approved. Pushes are not signed: they bring the secret of the channel in their address.
"""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from . import (
    AccountRefused,
    BadAddress,
    ChannelThrottled,
    Delivery,
    Form,
    Inbound,
    Malformed,
    Misconfigured,
    NotAskable,
    Outbound,
    Permanent,
    Receipt,
    SendFailure,
    Sent,
    Temporary,
    Throttled,
    Unknown,
    first_values,
    international,
    key_of,
    require_secret,
)
from .calls import CONNECT_TIMEOUT, LONGEST_PAUSE, READ_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Mapping

API_URL = "https://dysmsapi.aliyuncs.com"
SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Aliyun's dates are China's."""


@dataclass(frozen=True)
class Credentials:
    """An account at Aliyun, and the `secret` by which its pushes are known; `api_url` is another base address."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    secret: str = field(repr=False)
    api_url: str = API_URL


# ── Pushes ──


def authenticate(url: str, form: Form, headers: Mapping[str, str], credentials: Credentials) -> None:
    """Return if the push came to the address with the channel's secret (rule S1); raises `NotAuthentic`."""
    given = parse_qs(urlsplit(url).query).get("secret", [""])
    require_secret(given[0], credentials.secret)


def elements_of(body: bytes) -> list[dict[str, list[str]]]:
    """What a push brings, each as a form; raises `Malformed` where it is no JSON array of objects."""
    try:
        pushed = json.loads(body)
    except (ValueError, RecursionError) as broken:
        raise Malformed("array") from broken
    if not isinstance(pushed, list) or not all(isinstance(element, dict) for element in pushed):
        raise Malformed("array")
    return [
        {name: [_plain(value)] for name, value in element.items() if value is not None} for element in pushed
    ]


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def parse_inbound(form: Form) -> Inbound:
    """The message in an element of a SmsUp push; raises `Malformed` without a number, or where nothing tells a repeat
    from a new message. `recipient` is the signature it answers, where Aliyun says it."""
    fields = first_values(form, "phone_number")
    if not fields.get("sequence_id") and not fields.get("send_time"):
        raise Malformed("sequence_id", "send_time")
    text = fields.get("content", "")
    signature = fields.get("sign_name", "").removeprefix("【").removesuffix("】")
    return Inbound(
        provider_id=fields.get("sequence_id")
        or key_of(fields["phone_number"], fields.get("dest_code", ""), signature, text, fields["send_time"]),
        sender=international(fields["phone_number"]),
        recipient=signature,
        text=text,
        parameters=fields,
    )


def parse_receipt(form: Form) -> Receipt:
    """The report in an element of a SmsReport push; raises `Malformed` without its number at Aliyun or its outcome."""
    fields = first_values(form, "biz_id", "success")
    arrived = fields["success"].lower() == "true"
    code = None if arrived else fields.get("err_code") or "undelivered"
    counted = fields.get("sms_size", "")
    return Receipt(
        fields["biz_id"],
        Delivery.DELIVERED if arrived else Delivery.FAILED,
        code,
        int(counted) if re.fullmatch("[0-9]{1,3}", counted) else None,
    )


def own_id_of(form: Form) -> str | None:
    """Our own id in a report, as we gave it when sending."""
    return first_values(form).get("out_id")


TAKEN = json.dumps({"code": 0, "msg": "接收成功"}, ensure_ascii=False).encode()


def render_reply(text: str | None, callback_url: str | None = None) -> tuple[bytes, str]:
    """What Aliyun wants to hear: that all of it has arrived. A reply is sent by a call of its own."""
    return TAKEN, "application/json; charset=utf-8"


# ── The API ──

A_MINUTE, AN_HOUR = 60.0, 3600.0

_FAILURES: dict[type[SendFailure], tuple[str, ...]] = {
    Throttled: ("isv.BUSINESS_LIMIT_CONTROL",),  # too many to this number
    ChannelThrottled: (
        "isv.DAY_LIMIT_CONTROL",
        "Throttling",
        "Throttling.User",
        "Throttling.Api",
    ),
    BadAddress: ("isv.MOBILE_NUMBER_ILLEGAL",),
    Permanent: (
        *("isv.MOBILE_COUNT_OVER_LIMIT", "isv.DOMESTIC_NUMBER_NOT_SUPPORTED"),
        *("isv.SMS_CONTENT_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT", "isv.PARAM_NOT_SUPPORT_URL"),
        *("isv.PARAM_LENGTH_LIMIT", "isv.INVALID_JSON_PARAM", "isv.TEMPLATE_PARAMS_ILLEGAL"),
        *("isv.INVALID_PARAMETERS", "isv.BLACK_LIST"),
    ),
    Misconfigured: (
        *("isv.SMS_TEMPLATE_ILLEGAL", "isv.TEMPLATE_MISSING_PARAMETERS"),
        *("isv.SMS_SIGNATURE_SCENE_ILLEGAL", "isv.EXTEND_CODE_ERROR"),
    ),
    AccountRefused: (
        *("isv.SMS_SIGNATURE_ILLEGAL", "isv.SMS_SIGN_ILLEGAL", "isv.SIGN_NAME_ILLEGAL"),
        *("isv.SIGN_STATE_ILLEGAL", "PORT_NOT_REGISTERED", "MissingSignName"),
        *("isv.AMOUNT_NOT_ENOUGH", "isv.OUT_OF_SERVICE", "isv.MONTH_LIMIT_CONTROL"),
        *("isv.ACCOUNT_NOT_EXISTS", "isv.ACCOUNT_ABNORMAL", "isv.DENY_IP_RANGE"),
        *("isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE", "isp.RAM_PERMISSION_DENY"),
        *("InvalidAccessKeyId.NotFound", "InvalidAccessKeyId.Inactive", "SignatureDoesNotMatch"),
        *("InvalidTimeStamp.Expired", "Forbidden.RAM", "NoPermission"),
    ),
    Temporary: ("isp.SYSTEM_ERROR", "isp.UNKNOWN_ERR_CODE", "ServiceUnavailable", "SignatureNonceUsed"),
}
_FAILURE_OF_CODE = {code: failure for failure, codes in _FAILURES.items() for code in codes}
_PAUSES = {"isv.BUSINESS_LIMIT_CONTROL": A_MINUTE, "isv.DAY_LIMIT_CONTROL": AN_HOUR}
"""Seconds to wait where Aliyun counts by the minute or the day, and does not say how long itself."""


def failure_of(code: str, pause: float | None = None) -> SendFailure:
    """What an error code of a refused sending means; a code never seen is temporary. ``pause``: the seconds Aliyun asks for."""
    return _FAILURE_OF_CODE.get(code, Temporary)(code, retry_after=pause or _PAUSES.get(code))


def send(outbound: Outbound, credentials: Credentials) -> Sent:
    """Hand a message to Aliyun as an approved template with its variables; raises a `SendFailure`.

    A message without a template is `Misconfigured`. Our own id comes back in the report.
    """
    if not outbound.template:
        raise Misconfigured(f"no_template {outbound.message}")
    from alibabacloud_dysmsapi20170525.models import SendSmsRequest

    wanted = SendSmsRequest(
        phone_numbers=_domestic(outbound.to),
        sign_name=outbound.sender,
        template_code=outbound.template,
        template_param=json.dumps(dict(outbound.variables), ensure_ascii=False)
        if outbound.variables
        else None,
        out_id=outbound.id,
    )
    answer = _call("send_sms_with_options", wanted, credentials)
    if not answer.biz_id:
        raise Unknown("no id")
    return Sent(str(answer.biz_id), Delivery.SENT)


_RECORDED = {1: Delivery.SENT, 2: Delivery.FAILED, 3: Delivery.DELIVERED}
_CLOCK_SKEW = timedelta(seconds=30)
_PAGE, _PAGES = 50, 20


def find_sent(
    outbound: Outbound, since: datetime, credentials: Credentials, known: Collection[str] = ()
) -> Sent | None:
    """Aliyun's record of this message, by our own id in it; None if it never took it. It names no id of its own there,
    so ours stands for it. Raises `NotAskable` where the account may not read its own records."""
    from alibabacloud_dysmsapi20170525.models import QuerySendDetailsRequest

    begun = (since - _CLOCK_SKEW).astimezone(SHANGHAI)
    for day in sorted({begun.date(), (begun + timedelta(minutes=5)).date()}):
        for page in range(1, _PAGES + 1):
            wanted = QuerySendDetailsRequest(
                phone_number=_domestic(outbound.to),
                send_date=f"{day:%Y%m%d}",
                page_size=_PAGE,
                current_page=page,
            )
            answer = _call("query_send_details_with_options", wanted, credentials)
            kept = answer.sms_send_detail_dtos
            details = list((kept and kept.sms_send_detail_dto) or [])
            for detail in details:
                if detail.out_id == outbound.id:
                    return Sent(outbound.id, _RECORDED.get(int(detail.send_status or 1), Delivery.SENT))
            if not details and page == 1 and int(answer.total_count or 0):
                raise NotAskable("records_hidden")
            if len(details) < _PAGE:
                break
        else:
            raise Unknown("list too long")
    return None


def _domestic(number: str) -> str:
    """A number as Aliyun takes it: without +86, and without the plus of other countries."""
    return re.sub(r"^\+(86(?=1[0-9]{10}$))?", "", number)


def _call(operation: str, wanted: Any, credentials: Credentials) -> Any:
    """The body of Aliyun's answer; raises the `SendFailure` that fits what went wrong and when."""
    from alibabacloud_tea_openapi.exceptions import AlibabaCloudException
    from darabonba.exceptions import UnretryableException
    from darabonba.runtime import RuntimeOptions

    try:
        answer = getattr(_client(credentials), operation)(wanted, RuntimeOptions()).body
    except AlibabaCloudException as refused:
        raise _refusal(str(refused.code or ""), int(refused.status_code or 0), refused.retry_after) from None
    except UnretryableException as lost:
        # The SDK's own sentence holds the whole address, number and text included.
        raise _lost(lost) from None
    if not answer.code:
        raise Unknown("no answer")
    if answer.code != "OK":
        raise failure_of(str(answer.code))
    return answer


def _refusal(code: str, status: int, milliseconds: int | None) -> SendFailure:
    pause = min(milliseconds / 1000, LONGEST_PAUSE) if milliseconds else None
    if code in _FAILURE_OF_CODE:
        return failure_of(code, pause)
    if status >= 500:
        return Temporary(code) if status == 503 else Unknown(str(status))
    return ChannelThrottled(code, retry_after=pause) if status == 429 or pause else Misconfigured(code)


def _lost(error: Any) -> SendFailure:
    """What a call without a readable answer means: the SDK wraps what happened, and keeps it inside."""
    import requests
    from urllib3.exceptions import NewConnectionError

    for cause in _causes(getattr(error, "inner_exception", None)):
        if isinstance(cause, NewConnectionError | requests.exceptions.ConnectTimeout):
            return Temporary("unreachable")
        if isinstance(cause, ssl.SSLCertVerificationError):
            return AccountRefused("certificate")
    return Unknown("no answer")


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what is inside it, in each way that libraries keep it."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if not isinstance(one, BaseException) or id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [one.__context__, one.__cause__, getattr(one, "reason", None), *one.args]


@lru_cache(maxsize=256)
def _client(credentials: Credentials) -> Any:
    # The SDK brings 33 MiB and a third of a second with it: only where an office sends by Aliyun (docs/decisions/0008).
    from alibabacloud_dysmsapi20170525.client import Client
    from alibabacloud_tea_openapi.utils_models import Config

    address = urlsplit(credentials.api_url)
    return Client(
        Config(
            access_key_id=credentials.access_key_id,
            access_key_secret=credentials.access_key_secret,
            endpoint=address.netloc,
            protocol=address.scheme.upper(),
            connect_timeout=int(CONNECT_TIMEOUT * 1000),
            read_timeout=int(READ_TIMEOUT * 1000),
            max_idle_conns=64,
        )
    )
