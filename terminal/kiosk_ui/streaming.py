"""A live stream as an HTTP answer, within the limit on open streams."""

from __future__ import annotations

from collections.abc import Callable

from flask import Response, request

from terminal.kiosk_ui.context import web
from terminal.kiosk_ui.live import RETRY_AFTER_S, Stream


def stream_response(topic: str, render: Callable[[int, object], str], alive: Callable[[], str | None]) -> Response:
    """Return the live stream of `topic`, or 503 with Retry-After when all streams are taken.

    `render` and `alive` run in the server's thread without a request: they get all they need beforehand.
    """
    if request.method == "HEAD":
        return Response(mimetype="text/event-stream")
    here = web()
    give_back = here.slots.take()
    if give_back is None:
        return Response("", status=503, headers={"Retry-After": str(RETRY_AFTER_S)})
    stream = Stream(
        board=here.board,
        topic=topic,
        clock=here.settings.clock,
        render=render,
        alive=alive,
        gone=request.environ.get("waitress.client_disconnected", lambda: False),
        closing=here.closing,
        heartbeat_s=here.settings.heartbeat_s,
        slice_s=here.settings.slice_s,
    )
    response = Response(stream.messages(), mimetype="text/event-stream")
    # The WSGI server closes the answer however it ends: finished, hung up or failed.
    response.call_on_close(give_back)
    # A proxy in front must pass each event on at once (nginx: X-Accel-Buffering).
    response.headers["X-Accel-Buffering"] = "no"
    return response
