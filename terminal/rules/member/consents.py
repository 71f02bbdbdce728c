"""What a member agreed to, when, how and to which text; and what may be kept of the sensitive notes by that."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from terminal.base.errors import Refusal
from terminal.rules.member.profile import SENSITIVE_NOTES, Field

MARKETING, PHOTO, CHAIN_SHARING, SENSITIVE = CONSENTS = ("marketing", "photo", "chain_sharing", "sensitive_notes")
CHANNELS: Final = ("counter", "kiosk", "app", "paper", "phone", "import")
VERSION_CHARS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Consent:
    """One act: given or withdrawn, on which day, by which channel, to which version of the text."""

    kind: str
    is_given: bool
    on: dt.date
    channel: str
    text_version: str


@dataclass(frozen=True, slots=True)
class Parts:
    """A member's fields, those that anybody at the counter sees and those that are kept encrypted."""

    plain: Mapping[str, str]
    sensitive: Mapping[str, str]


def standing(acts: Sequence[Consent], kind: str) -> Consent | None:
    """Return the consent of a kind that holds, None where it was never given or is withdrawn."""
    last = _last(acts, kind)
    return last if last is not None and last.is_given else None


def given(acts: Sequence[Consent], consent: Consent) -> tuple[Consent, ...]:
    """Return the acts with one more; nothing is ever taken out of them.

    A consent may be given again (to a newer text); only what was given can be withdrawn. Raises `Refusal`
    `consent_kind`, `consent_channel`, `consent_version`, `consent_date` (before the last act of its kind) or
    `consent_not_given`.
    """
    if consent.kind not in CONSENTS:
        raise Refusal("consent_kind")
    if consent.channel not in CHANNELS:
        raise Refusal("consent_channel")
    version = consent.text_version
    if not 1 <= len(version) <= VERSION_CHARS_MAX or not (version.isascii() and version.isprintable()):
        raise Refusal("consent_version", chars=VERSION_CHARS_MAX)
    last = _last(acts, consent.kind)
    if last is not None and consent.on < last.on:
        raise Refusal("consent_date")
    if not consent.is_given and (last is None or not last.is_given):
        raise Refusal("consent_not_given")
    return (*acts, consent)


def parted(fields: Sequence[Field], values: Mapping[str, str], acts: Sequence[Consent]) -> Parts:
    """Return the values apart; raise `Refusal` `consent_missing` where there are sensitive ones without consent.

    The notes of `SENSITIVE_NOTES` are sensitive also where no field is defined for them.
    """
    secret = sensitive_keys(fields)
    parts = Parts(
        plain={key: value for key, value in values.items() if key not in secret},
        sensitive={key: value for key, value in values.items() if key in secret},
    )
    if parts.sensitive and standing(acts, SENSITIVE) is None:
        raise Refusal("consent_missing")
    return parts


def kept(parts: Parts, acts: Sequence[Consent]) -> Parts:
    """Return what may still be kept: without a standing consent, no sensitive value."""
    return parts if standing(acts, SENSITIVE) else Parts(parts.plain, {})


def sensitive_keys(fields: Sequence[Field]) -> frozenset[str]:
    """Return the keys of the values that need the member's own consent and are kept encrypted."""
    return frozenset(SENSITIVE_NOTES) | {field.key for field in fields if field.is_sensitive}


def _last(acts: Sequence[Consent], kind: str) -> Consent | None:
    return next((act for act in reversed(acts) if act.kind == kind), None)
