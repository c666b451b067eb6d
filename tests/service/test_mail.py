"""How letters travel to the relay: encrypted where it can be, and what becomes of those that are not taken."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from service.mail import Fate, Letter, RelayAway, relay, sender_of
from service.settings import Settings
from tests.addresses import NOBODY
from tests.standins.relay import RelayStandIn, self_signed

LETTER = Letter(NOBODY, "wang@example.org", "桥：一封信", "您好：\n\n.第一行\n水池漏水\n")


@pytest.fixture
def standin() -> Iterator[RelayStandIn]:
    """A plain relay."""
    with RelayStandIn() as standin:
        yield standin


@pytest.fixture
def tls(tmp_path: Path) -> ssl.SSLContext:
    """The certificate of a relay on this machine."""
    return self_signed(tmp_path)


def post(settings: Settings, url: str, letter: Letter = LETTER) -> Fate:
    """Post one letter to the relay at an address."""
    with relay(replace(settings, mail_url=url)) as hand_over:
        return hand_over(letter)


def test_a_letter_arrives_as_it_was_written(settings: Settings, standin: RelayStandIn) -> None:
    post(settings, f"{standin.url}?from=buying@county.example")
    [mail] = standin.mails
    assert (mail.sender, mail.recipients) == ("buying@county.example", ("wang@example.org",))
    assert mail.message["From"] == "桥 Qiao <buying@county.example>"
    assert mail.message["To"] == "wang@example.org"
    assert mail.message["Subject"] == LETTER.subject
    assert mail.text == LETTER.text
    assert mail.message.get_content_type() == "text/plain"
    assert mail.message["Auto-Submitted"] == "auto-generated"
    assert mail.message["Date"]
    assert mail.message["Message-ID"].endswith("@county.example>")


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp://mail.test", "qiao@qiao.test"),
        ("smtp://robot:x@mail.test", "qiao@qiao.test"),
        ("smtp://robot%40county.example:x@mail.test", "robot@county.example"),
        ("smtp://robot%40county.example:x@mail.test?from=buying@county.example", "buying@county.example"),
    ],
)
def test_the_sender_is_the_one_named_else_the_user_else_the_deployment(
    settings: Settings, url: str, sender: str
) -> None:
    assert sender_of(replace(settings, mail_url=url)) == sender


def test_what_the_relay_can_encrypt_is_encrypted(settings: Settings, tls: ssl.SSLContext) -> None:
    with RelayStandIn(tls=tls, log_in=("robot@county.example", "p@ss/word")) as standin:
        post(settings, standin.url.replace("//", "//robot%40county.example:p%40ss%2Fword@"))
    assert [(mail.encrypted, mail.user) for mail in standin.mails] == [(True, "robot@county.example")]


def test_smtps_is_encrypted_from_the_first_byte(settings: Settings, tls: ssl.SSLContext) -> None:
    with RelayStandIn(tls=tls, at_once=True) as standin:
        post(settings, standin.url)
    assert [mail.encrypted for mail in standin.mails] == [True]


@pytest.mark.parametrize("log_in", [None, ("robot", "secret")])
def test_another_machine_must_prove_its_name_and_gets_no_password_in_clear(
    settings: Settings, tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch, log_in: tuple[str, str] | None
) -> None:
    """To the mail module this machine is another one here."""
    monkeypatch.setattr("service.mail.THIS_MACHINE", set())
    with RelayStandIn(tls=None if log_in else tls, log_in=log_in) as standin:
        url = standin.url.replace("//", "//robot:secret@") if log_in else standin.url
        with pytest.raises(RelayAway) as away:
            post(settings, url)
    assert standin.mails == []
    assert str(away.value) == ("PasswordInClear" if log_in else "SSLCertVerificationError")


def test_several_letters_go_in_one_talk(settings: Settings, standin: RelayStandIn) -> None:
    with relay(replace(settings, mail_url=standin.url)) as hand_over:
        for _ in range(3):
            hand_over(LETTER)
    assert (len(standin.mails), standin.connections) == (3, 1)


@pytest.mark.parametrize(
    ("verb", "answer", "fate"),
    [
        ("RCPT", "550 no such person as wang@example.org", Fate.NEVER),
        ("RCPT", "450 mailbox of wang@example.org busy", Fate.LATER),
        ("taken", "554 we do not like wang@example.org", Fate.NEVER),
        ("taken", "451 later, wang@example.org", Fate.LATER),
    ],
)
def test_a_letter_that_is_not_taken_does_not_stop_the_others(
    settings: Settings,
    standin: RelayStandIn,
    capfd: pytest.CaptureFixture[str],
    verb: str,
    answer: str,
    fate: Fate,
) -> None:
    standin.plan(verb, answer)
    with relay(replace(settings, mail_url=standin.url)) as hand_over:
        assert [hand_over(LETTER), hand_over(LETTER)] == [fate, Fate.TAKEN]
    assert len(standin.mails) == 1
    said = "".join(capfd.readouterr())
    assert "mail_not_taken" in said
    assert answer[:3] in said
    assert str(NOBODY) in said
    assert "wang" not in said


@pytest.mark.parametrize(
    "to", ["a@b@c.example", "two@example.org, three@example.org", "<x@example.org", "李@example.org"]
)
def test_an_address_that_no_relay_can_take_is_not_tried_again(
    settings: Settings, standin: RelayStandIn, to: str
) -> None:
    assert post(settings, standin.url, replace(LETTER, to=to)) is Fate.NEVER
    assert standin.mails == []


def test_a_subject_of_several_lines_becomes_one(settings: Settings, standin: RelayStandIn) -> None:
    post(settings, standin.url, replace(LETTER, subject="一\r\nBcc: other@example.org"))
    assert standin.mails[0].message["Subject"] == "一 Bcc: other@example.org"
    assert standin.mails[0].recipients == ("wang@example.org",)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [("connect", ""), ("connect", "421 busy"), ("EHLO", ""), ("MAIL", "530 who are you?"), ("taken", "")],
)
def test_a_relay_that_breaks_off_is_away(
    settings: Settings, standin: RelayStandIn, verb: str, answer: str
) -> None:
    standin.plan(verb, answer)
    with pytest.raises(RelayAway):
        post(settings, standin.url)
    assert standin.mails == []


def test_a_wrong_password_or_an_impossible_sender_or_nobody_there_is_away_too(settings: Settings) -> None:
    with RelayStandIn(log_in=("robot", "right")) as standin:
        for url in (
            standin.url.replace("//", "//robot:wrong@"),
            f"{standin.url}?from=a@b@c",
            "smtp://127.0.0.1:9",
        ):
            with pytest.raises(RelayAway) as away:
                post(settings, url)
            assert "wrong" not in str(away.value)
    assert standin.mails == []
