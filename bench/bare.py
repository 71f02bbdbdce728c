"""A web server that does nothing but answer, beside a till: `python -m bench.bare`, until its standard input ends.

The same server with as many threads as the till's, in the same Python, with the health page's answer and no till behind
it: what it is late in the same minutes, any program on this machine would be. Prints `ready {"address": ...}`.
"""

from __future__ import annotations

import json
import socket
import sys
import threading

from flask import Flask, Response
from waitress.server import create_server

THREADS = 16
ANSWER = json.dumps({"ok": True, "devices": {f"device-{number}": {"state": "ready"} for number in range(7)}})


def main() -> None:
    """Answer until nobody holds the other end of standard input."""
    app = Flask("bench.bare")
    app.add_url_rule("/healthz", view_func=lambda: Response(ANSWER, mimetype="application/json"))
    bound = socket.create_server(("127.0.0.1", 0))
    server = create_server(app, sockets=[bound], threads=THREADS)
    print("ready " + json.dumps({"address": f"http://127.0.0.1:{server.effective_port}"}), flush=True)
    threading.Thread(target=server.run, name="web", daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main()
