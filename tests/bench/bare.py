"""The yardsticks beside which inbound messages are measured, served by the same server on the same database."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qsl

from flask import Flask, Response, request
from flask_sqlalchemy import SQLAlchemy
from psycopg_pool import ConnectionPool
from sqlalchemy.orm import Mapped, mapped_column
from twilio.request_validator import RequestValidator

from channels.gateways.twilio import sign
from service.processors import keep_to_one_processor

URL = "http://qiao.bench/inbound"
TOKEN = "bench-auth-token"
TABLES = """
CREATE TABLE IF NOT EXISTS bare_messages (sid text PRIMARY KEY, sender text NOT NULL, body text NOT NULL);
CREATE TABLE IF NOT EXISTS plain_messages (id bigserial PRIMARY KEY, sid text UNIQUE, sender text, body text);
CREATE TABLE IF NOT EXISTS plain_replies (id bigserial PRIMARY KEY, message_id bigint, body text);
"""
Start = Callable[[str, list[tuple[str, str]]], Any]


def build_bare() -> Callable[[dict[str, Any], Start], Iterable[bytes]]:
    """A WSGI function that checks the signature and inserts the message in one committed transaction, no more."""
    keep_to_one_processor()
    pool = ConnectionPool(
        os.environ["BENCH_DATABASE_URL"], min_size=4, max_size=4, kwargs={"autocommit": True}, open=True
    )

    def bare(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        if (
            sign(URL, {name: [value] for name, value in form.items()}, TOKEN)
            != environ["HTTP_X_TWILIO_SIGNATURE"]
        ):
            start_response("403 Forbidden", [("Content-Length", "0")])
            return [b""]
        with pool.connection() as connection:
            connection.execute(
                "INSERT INTO bare_messages (sid, sender, body) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
                [form["MessageSid"], form["From"], form["Body"]],
            )
        answer = b"<Response><Message>ok</Message></Response>"
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(answer)))])
        return [answer]

    return bare


def build_plain() -> Flask:
    """What anyone would write first: a Flask-SQLAlchemy view that stores message and canned reply."""
    keep_to_one_processor()
    app = Flask("plain")
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["BENCH_DATABASE_URL"].replace(
        "postgresql:", "postgresql+psycopg:"
    )
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 4}
    db = SQLAlchemy(app)
    validator = RequestValidator(TOKEN)

    class Message(db.Model):  # type: ignore[name-defined,misc]
        __tablename__ = "plain_messages"
        id: Mapped[int] = mapped_column(primary_key=True)
        sid: Mapped[str]
        sender: Mapped[str]
        body: Mapped[str]

    class Reply(db.Model):  # type: ignore[name-defined,misc]
        __tablename__ = "plain_replies"
        id: Mapped[int] = mapped_column(primary_key=True)
        message_id: Mapped[int]
        body: Mapped[str]

    @app.post("/inbound")
    def inbound() -> Response:
        if not validator.validate(URL, request.form, request.headers["X-Twilio-Signature"]):
            return Response(status=403)
        if Message.query.filter_by(sid=request.form["MessageSid"]).first() is None:
            message = Message(
                sid=request.form["MessageSid"], sender=request.form["From"], body=request.form["Body"]
            )
            db.session.add(message)
            db.session.commit()
            db.session.add(Reply(message_id=message.id, body="ok"))
            db.session.commit()
        return Response("<Response><Message>ok</Message></Response>", content_type="text/xml")

    return app
