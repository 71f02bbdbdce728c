"""What machines ask of the till: its health and its metrics."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, make_response, redirect
from werkzeug.wrappers import Response as AnyResponse

from terminal.kiosk_ui.context import web

pages = Blueprint("system", __name__)


@pages.get("/")
def front() -> AnyResponse:
    """Lead whoever asks for the bare address to the counter."""
    return redirect("/cashier", 303)


@pages.get("/technician")
def technician() -> AnyResponse:
    """Lead whoever asks for the technician's page to where the counter's sign-in counts."""
    return redirect("/cashier/technician", 303)


@pages.get("/healthz")
def healthz() -> Response:
    """Return the till's health; status 503 when it says that it cannot serve."""
    health = web().desk.health()
    return make_response(jsonify(health), 503 if health.get("ok") is False else 200)


@pages.get("/metrics")
def metrics() -> Response:
    """Return the metrics in the Prometheus text format."""
    return Response(web().desk.metrics(), content_type="text/plain; version=0.0.4; charset=utf-8")
