"""What every request and answer is held to: strict headers, and no action asked for by another site."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request, Response

from terminal.base.errors import Refusal
from terminal.kiosk_ui.settings import is_loopback

CONTENT_POLICY = "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
# Forms here are a few short fields; a search text is the longest.
BODY_BYTES_MAX = 16_384


def check_same_origin(request: Request) -> None:
    """Refuse a state-changing request as `cross_site` unless the browser says that it comes from our own page.

    Sec-Fetch-Site (W3C Fetch Metadata) decides where the browser sends it, which is on loopback and TLS; else the
    Origin header (RFC 6454) must be ours. A request with neither is refused.
    """
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        same = site == "same-origin"
    else:
        origin = urlsplit(request.headers.get("Origin", ""))
        same = (origin.scheme, origin.netloc) == (request.scheme, request.host)
    if not same:
        raise Refusal("cross_site")


def from_this_machine(request: Request) -> bool:
    """Tell whether the browser itself runs on this machine, after a trusted proxy's word was taken into account."""
    return is_loopback(request.remote_addr or "")


def harden(response: Response) -> Response:
    """Add the headers that keep pages out of caches and frames and foreign content out of pages."""
    response.headers["Content-Security-Policy"] = CONTENT_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["X-Frame-Options"] = "DENY"
    # Not `no-referrer`: with it, browsers send `Origin: null` for forms, and the check above could not tell.
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
