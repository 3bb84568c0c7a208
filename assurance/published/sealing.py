"""Derives keys, seals and opens as docs/evidence/cryptography.md describes, with the package cryptography only.

Reads a list of jobs as JSON, and prints the list of their results.
"""

import hashlib
import hmac
import json
import os
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def encode(data):
    return urlsafe_b64encode(data).decode().rstrip("=")


def decode(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def derive(secret, purpose):
    return HKDF(hashes.SHA256(), 32, b"", f"sallyport/{purpose}".encode()).derive(secret.encode())


def mac(secret, purpose, text):
    return encode(hmac.digest(derive(secret, purpose), text.encode(), hashlib.sha256))


def seal_with(key, context, text):
    iv = os.urandom(12)
    sealed = AESGCM(key).encrypt(iv, text.encode(), context.encode())
    # The library puts the tag last.
    return encode(iv + sealed[-16:] + sealed[:-16])


def open_with(key, context, sealed):
    data = decode(sealed)
    try:
        return AESGCM(key).decrypt(data[:12], data[28:] + data[12:28], context.encode()).decode()
    except InvalidTag:
        return None


def token_key(secret, purpose, salt):
    return hmac.digest(derive(secret, purpose), salt.encode(), hashlib.sha256)


def seal_token(secret, purpose, context, text):
    salt = encode(os.urandom(33))
    return salt + seal_with(token_key(secret, purpose, salt), context, text)


jobs = {
    "mac": mac,
    "seal": lambda secret, purpose, *rest: seal_with(derive(secret, purpose), *rest),
    "open": lambda secret, purpose, *rest: open_with(derive(secret, purpose), *rest),
    "seal token": seal_token,
    "open token": lambda secret, purpose, context, token: open_with(
        token_key(secret, purpose, token[:44]), context, token[44:]
    ),
    "seal key": lambda secret: encode(
        Ed25519PrivateKey.from_private_bytes(derive(secret, "audit-seals")).public_key().public_bytes_raw()
    ),
}
json.dump([jobs[name](*arguments) for name, *arguments in json.load(sys.stdin)], sys.stdout)
