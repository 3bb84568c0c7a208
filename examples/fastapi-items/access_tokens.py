# access_tokens.py
import base64
import hashlib
import hmac
import json
import os
import time
from typing import Annotated

import jwt
from fastapi import Depends, HTTPException, Request
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

ISSUER = os.environ.get("ISSUER", "http://127.0.0.1:3000")
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)
# Of this API, as clients know it: never take it from the Host header.
API_URL = os.environ.get("API_URL", "http://127.0.0.1:8000")

# Fetched for the first token, cached for five minutes, and fetched again for an unknown key.
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json", timeout=5)


class ProofError(jwt.InvalidTokenError):
    """The token is bound to a key, and the request does not prove that its sender has the key."""


def verify(scheme: str, token: str, proofs: list[str], method: str, path: str) -> dict:
    """The claims of an access token of this issuer for this API (RFC 9068, section 4); raises PyJWTError."""
    key = keys.get_signing_key_from_jwt(token)
    verified = jwt.decode_complete(
        token,
        key,
        algorithms=[key.algorithm_name],  # the key determines the algorithm, not the token
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=10,
        # Without preferred_username, clients may call the API with tokens of their own, which have no user.
        options={"require": ["iss", "aud", "exp", "iat", "sub", "client_id", "jti", "preferred_username"]},
    )
    claims = verified["payload"]
    if str(verified["header"].get("typ")).lower() not in ("at+jwt", "application/at+jwt"):
        raise jwt.InvalidTokenError("The token is not an access token.")
    if "cnf" not in claims and scheme == "dpop":
        raise jwt.InvalidTokenError("The token is not bound to a key: send it as Bearer.")
    if "cnf" in claims and scheme != "dpop":
        raise ProofError("The token is bound to a key: send it as DPoP, with a proof in the header DPoP (RFC 9449).")
    if "cnf" in claims:
        try:
            verify_proof(proofs, token, claims["cnf"]["jkt"], method, API_URL + path)
        except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
            raise ProofError("Send one proof in the header DPoP, by the key of the token, for this request.") from error
    return claims


def verify_proof(proofs: list[str], token: str, jkt: str, method: str, url: str) -> None:
    """Raises unless there is one proof, for this request, this token and this key (RFC 9449, section 4.3)."""
    [proof] = proofs
    header = jwt.get_unverified_header(proof)
    jwk = header["jwk"]
    if header["typ"] != "dpop+jwt" or "d" in jwk or not hmac.compare_digest(thumbprint(jwk), jkt):
        raise ValueError("The proof has another key.")
    claims = jwt.decode(proof, jwt.PyJWK(jwk, "ES256"), algorithms=["ES256"], options={"verify_iat": False})
    expected = {"htm": method, "htu": url, "ath": digest(token)}
    if not claims["jti"] or any(claims[name] != value for name, value in expected.items()):
        raise ValueError("The proof is for another request.")
    if abs(time.time() - claims["iat"]) > 30:
        raise ValueError("The proof is too old.")


def thumbprint(jwk: dict) -> str:  # RFC 7638, for ES256
    return digest(json.dumps({name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")))


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


# What follows is for FastAPI.

# Where /docs logs in. The header is read below, because a token that is bound to a key has another scheme.
login = OAuth2PasswordBearer(tokenUrl=f"{ISSUER}/token", auto_error=False)


def get_claims(request: Request, needed: SecurityScopes, _login: Annotated[str | None, Depends(login)]) -> dict:
    """The claims of the request's access token, if it has every scope that the route needs."""

    def refusal(status: int, detail: str, challenge: str) -> HTTPException:
        return HTTPException(status, detail, {"WWW-Authenticate": challenge})

    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() not in ("bearer", "dpop"):
        raise refusal(401, "Not authenticated", 'Bearer, DPoP algs="ES256"')
    proofs, path = request.headers.getlist("DPoP"), request.scope["raw_path"].decode()
    try:
        claims = verify(scheme.lower(), token, proofs, request.method, path)
    except jwt.PyJWKClientConnectionError as error:
        raise HTTPException(503, "Access tokens cannot be verified now.", {"Retry-After": "1"}) from error
    except ProofError as error:  # sallyport/client then sends the proof
        raise refusal(401, str(error), 'DPoP error="invalid_dpop_proof", algs="ES256"') from error
    except jwt.PyJWTError as error:
        challenge = f'{"DPoP" if scheme.lower() == "dpop" else "Bearer"} error="invalid_token"'
        raise refusal(401, "The access token is invalid, expired or revoked.", challenge) from error
    if not set(needed.scopes) <= set(claims.get("scope", "").split()):
        challenge = f'Bearer error="insufficient_scope", scope="{needed.scope_str}"'
        raise refusal(403, "The access token lacks a required scope.", challenge)
    return claims
