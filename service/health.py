"""Whether the house stands: liveness, readiness and figures for Prometheus."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tenants.database import db
from tenants.schema import newest_revision

bp = Blueprint("health", __name__)


@bp.get("/healthz")
def alive() -> Response:
    """This process answers."""
    return jsonify(status="ok")


@bp.get("/readyz")
def ready() -> tuple[Response, int]:
    """Database, Redis and migrations are as they must be; 503 with what is not."""
    database = _database()
    parts = {"database": database is not None, "redis": _redis(), "migrations": database == newest_revision()}
    shown = {name: "ok" if good else "away" for name, good in parts.items()}
    return jsonify(shown), 200 if all(parts.values()) else 503


@bp.get("/metrics")
def metrics() -> Response:
    """Figures of this process."""
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _database() -> str | None:
    try:
        with db.engine.connect() as connection:
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except SQLAlchemyError:
        return None


def _redis() -> bool:
    try:
        return bool(Redis.from_url(current_app.config["SETTINGS"].redis_url, socket_timeout=2).ping())
    except RedisError:
        return False
