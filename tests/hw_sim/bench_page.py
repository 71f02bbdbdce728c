"""The bench: a page on which a person works every simulated device and sees the printed slips.

Run it as `python -m tests.hw_sim.bench_page --port 8090 --wiring FILE`; FILE is the JSON object the launcher prints as
`ready` (`control`, `readers`, `kiosk`, `counter`, `pins`). It listens on this machine only.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import pathlib
import signal
import sys
from collections.abc import Mapping
from types import FrameType
from typing import Any

from flask import Flask, Response, abort, jsonify, request, send_file
from flask.json.provider import DefaultJSONProvider
from werkzeug.exceptions import HTTPException

from tests.hw_sim.bench_devices import Devices
from tests.hw_sim.bench_wires import BenchError, BenchWiring, Said

FOLDER = pathlib.Path(__file__).parent
REQUEST_BYTES_MAX = 64 * 1024
THREADS = 8
# Another address of this machine in the Host header would be somebody else's page talking to the bench.
OWN_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})


def create_bench(wiring: BenchWiring, devices: Devices) -> Flask:
    """Return the bench as a web application working on `devices`."""
    app = Flask(__name__, static_folder=str(FOLDER / "bench_static"), static_url_path="/static")
    app.config["MAX_CONTENT_LENGTH"] = REQUEST_BYTES_MAX
    app.json = DefaultJSONProvider(app)
    # The order of readers and cards is the order on the page.
    app.json.sort_keys = False
    app.json.ensure_ascii = False
    app.before_request(_only_from_here)
    app.after_request(_headers)
    app.register_error_handler(BenchError, lambda error: _refused(error.said))
    app.register_error_handler(HTTPException, _wrong_request)
    _add_looks(app, wiring, devices)
    _add_hands(app, devices)
    return app


def _add_looks(app: Flask, wiring: BenchWiring, devices: Devices) -> None:
    @app.get("/")
    def page() -> Response:
        return app.send_static_file("index.html")

    @app.get("/api/wiring")
    def show_wiring() -> Response:
        shown = {key: value for key, value in dataclasses.asdict(wiring).items() if key not in {"control", "readers"}}
        return jsonify({**shown, "places": devices.places})

    @app.get("/api/state")
    def show_state() -> Response:
        state = devices.state(request.args.get("since", 0, type=int))
        state["slips"] = [
            {
                **{key: slip[key] for key in ("number", "ended", "text")},
                "url": f"/slips/{slip['number']}.png",
                "codes": [entry["payload"] for entry in slip["transcript"] if entry["kind"] == "qr"],
            }
            for slip in state["slips"]
        ]
        return jsonify(state)

    @app.get("/slips/<int:number>.png")
    def show_slip(number: int) -> Response:
        path = devices.slip_path(number)
        if path is None or not path.is_file():
            abort(404)
        return send_file(path, mimetype="image/png", max_age=0)


def _add_hands(app: Flask, devices: Devices) -> None:
    @app.post("/api/tap")
    def tap() -> Response:
        return _done(devices.hand.tap(_text("place"), _text("card"), _text("manner", "tap")))

    @app.post("/api/take")
    def take() -> Response:
        devices.hand.take(_text("place"))
        return _done()

    @app.post("/api/reader")
    def reader() -> Response:
        devices.hand.plug(_text("place"), _text("action"))
        return _done()

    @app.post("/api/daemon")
    def daemon() -> Response:
        devices.daemon(_text("action"))
        return _done()

    @app.post("/api/board")
    def board() -> Response:
        devices.board(_text("fault"))
        return _done()

    @app.post("/api/display")
    def display() -> Response:
        devices.display(_text("action"))
        return _done()

    @app.post("/api/drawer")
    def drawer() -> Response:
        devices.drawer(_text("action"))
        return _done()

    @app.post("/api/scan")
    def scan() -> Response:
        return _done(devices.scan(_text("action"), _text("text", ""), _text("encoding", "utf-8")))

    @app.post("/api/printer")
    def printer() -> Response:
        devices.printer(_text("action"), _text("switch", ""), value=_body().get("value") is True)
        return _done()


def _body() -> Mapping[str, Any]:
    # A foreign page cannot send JSON without asking the browser first, and the browser will not let it.
    body = request.get_json()
    if not isinstance(body, dict):
        raise BenchError("请求的格式不对。", "The request is not a JSON object.")
    return body


def _text(name: str, default: str | None = None) -> str:
    value = _body().get(name, default)
    if not isinstance(value, str):
        raise BenchError(f"请求里缺少 {name}。", f"The request has no text {name}.")
    return value


def _done(said: Said | None = None) -> Response:
    return jsonify({"said": dataclasses.asdict(said)} if said else {})


def _refused(said: Said) -> tuple[Response, int]:
    return jsonify({"said": dataclasses.asdict(said)}), 409


def _wrong_request(error: HTTPException) -> tuple[Response, int]:
    code = error.code or 500
    said = Said(f"请求有误（{code}）。", f"The request is wrong: {error.name}.")
    return jsonify({"said": dataclasses.asdict(said)}), code


def _only_from_here() -> None:
    host = request.host.rsplit(":", 1)[0] if not request.host.endswith("]") else request.host
    if host not in OWN_HOSTS:
        abort(403)


def _headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = "default-src 'self'; frame-ancestors 'none'"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def read_wiring(file: pathlib.Path) -> BenchWiring:
    """Return the wiring in a launcher's JSON file, with the demo's ready-made codes."""
    told = json.loads(file.read_text(encoding="utf-8"))
    codes = json.loads((FOLDER / "demo" / "codes.json").read_text(encoding="utf-8"))
    return BenchWiring(told["control"], told["readers"], told["kiosk"], told["counter"], told["pins"], codes)


def main() -> None:
    """Serve the bench until told to end."""
    import waitress

    parser = argparse.ArgumentParser(description="The bench of simulated devices.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--wiring", type=pathlib.Path, required=True)
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING)
    wiring = read_wiring(options.wiring)
    server = waitress.create_server(
        create_bench(wiring, Devices(wiring)), host="127.0.0.1", port=options.port, threads=THREADS
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    print("ready " + json.dumps({"bench": f"http://127.0.0.1:{options.port}"}), flush=True)
    server.run()


def _end(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    main()
