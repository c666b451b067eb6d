"""Who is no person: the senders to whom nothing is ever said by itself (S1)."""

from __future__ import annotations

SHORTEST_NUMBER = 11
SERVICES = ("106", "10", "12", "95", "96")
"""How the numbers of carriers, authorities, banks and their text platforms begin in China."""


def is_machine(address: str) -> bool:
    """Whether a text came from a service number or a name rather than from somebody's phone (S1).

    An answer to it would be answered again, without end. A number of another country is somebody's phone; one of China's
    has eleven digits, and begins with none of ``SERVICES``.
    """
    number = "".join(address.removeprefix("whatsapp:").replace("-", "").split())
    if number.startswith("+") and not number.startswith("+86"):
        return not number[1:].isdecimal() or len(number) < 8
    digits = number.removeprefix("+86").removeprefix("0086")
    return not digits.isdecimal() or len(digits) < SHORTEST_NUMBER or digits.startswith(SERVICES)
