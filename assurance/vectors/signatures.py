"""Makes and verifies signatures with the package cryptography. It shares no code with the server.

Reads a list of jobs as JSON, and prints the list of their results.
"""

import hashlib
import json
import sys
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa, utils

SHA256 = hashes.SHA256()
PADDINGS = {"RS256": padding.PKCS1v15(), "PS256": padding.PSS(padding.MGF1(SHA256), 32)}


def decode(text):
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def encode(data):
    return urlsafe_b64encode(data).decode().rstrip("=")


def number(text):
    return int.from_bytes(decode(text), "big")


def public_key(jwk):
    if jwk["kty"] == "OKP":
        return ed25519.Ed25519PublicKey.from_public_bytes(decode(jwk["x"]))
    if jwk["kty"] == "EC":
        return ec.EllipticCurvePublicNumbers(number(jwk["x"]), number(jwk["y"]), ec.SECP256R1()).public_key()
    return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()


def verify(alg, jwk, text, signature):
    key, signature, data = public_key(jwk), decode(signature), text.encode()
    try:
        if alg in PADDINGS:
            key.verify(signature, data, PADDINGS[alg], SHA256)
        elif alg == "ES256":
            halves = [int.from_bytes(half, "big") for half in (signature[:32], signature[32:])]
            key.verify(utils.encode_dss_signature(*halves), data, ec.ECDSA(SHA256))
        else:
            key.verify(signature, data)
        return True
    except InvalidSignature:
        return False


def sign(alg, pem, text):
    key, data = serialization.load_pem_private_key(pem.encode(), None), text.encode()
    if alg in PADDINGS:
        return encode(key.sign(data, PADDINGS[alg], SHA256))
    if alg == "ES256":
        halves = utils.decode_dss_signature(key.sign(data, ec.ECDSA(SHA256)))
        return encode(b"".join(half.to_bytes(32, "big") for half in halves))
    return encode(key.sign(data))


def describe(jwk):
    """The key in PEM, and its thumbprint (RFC 7638)."""
    members = {name: jwk[name] for name in sorted(jwk) if name in ("crv", "e", "kty", "n", "x", "y")}
    spki = (serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    text = json.dumps(members, separators=(",", ":"))
    return {
        "pem": public_key(jwk).public_bytes(*spki).decode(),
        "thumbprint": encode(hashlib.sha256(text.encode()).digest()),
    }


jobs = {"verify": verify, "sign": sign, "describe": describe}
json.dump([jobs[name](*arguments) for name, *arguments in json.load(sys.stdin)], sys.stdout)
