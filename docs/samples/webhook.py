"""Checks the signature of a webhook (Standard Webhooks 1.0) with nothing but Python's own library."""

import base64
import hashlib
import hmac
import time


def is_from_huying(secret: str, headers: dict, body: bytes, now: float | None = None) -> bool:
    """True where the message was signed with this secret within the last five minutes."""
    message, moment = headers["webhook-id"], headers["webhook-timestamp"]
    if abs((time.time() if now is None else now) - int(moment)) > 300:
        return False
    key = base64.b64decode(secret.removeprefix("whsec_"))
    said = f"{message}.{moment}.".encode() + body
    right = base64.b64encode(hmac.new(key, said, hashlib.sha256).digest()).decode()
    # While a secret is changed there are two signatures; one of them is enough.
    signatures = headers["webhook-signature"].split(" ")
    return any(hmac.compare_digest(f"v1,{right}", given) for given in signatures)
