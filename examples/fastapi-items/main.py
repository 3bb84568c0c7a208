"""The items of FastAPI's tutorial, protected by Sallyport access tokens."""

import os
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Security
from fastapi.security import OAuth2PasswordBearer, SecurityScopes

ISSUER = os.environ.get("ISSUER", "http://127.0.0.1:3000")
AUDIENCE = os.environ.get("AUDIENCE", ISSUER)

app = FastAPI(title="Items")
# Where /docs logs in, and the scopes that it offers.
bearer = OAuth2PasswordBearer(tokenUrl=f"{ISSUER}/token", scopes={"items": "Read items"})
# Fetched for the first token, cached for five minutes, and fetched again for an unknown key.
keys = jwt.PyJWKClient(f"{ISSUER}/.well-known/jwks.json", timeout=5)


def verify(token: str) -> dict:
    """The claims of an access token of this issuer for this API (RFC 9068, section 4); raises PyJWTError."""
    key = keys.get_signing_key_from_jwt(token)
    verified = jwt.decode_complete(
        token,
        key,
        # The key determines the algorithm, not the token.
        algorithms=[key.algorithm_name],
        issuer=ISSUER,
        audience=AUDIENCE,
        leeway=10,
        options={"require": ["iss", "aud", "exp", "iat", "sub", "client_id", "jti"]},
    )
    if str(verified["header"].get("typ")).lower() not in ("at+jwt", "application/at+jwt"):
        raise jwt.InvalidTokenError("The token is not an access token.")
    if "cnf" in verified["payload"]:
        raise jwt.InvalidTokenError("The token is bound to a key (RFC 9449), whose proof this API does not check.")
    return verified["payload"]


def access_token(needed: SecurityScopes, token: Annotated[str, Depends(bearer)]) -> dict:
    """The claims of the request's access token, if it has every scope that the route needs."""
    try:
        claims = verify(token)
    except jwt.PyJWKClientConnectionError as error:
        raise HTTPException(503, "Access tokens cannot be verified now.", {"Retry-After": "1"}) from error
    except jwt.PyJWTError as error:
        challenge = 'Bearer error="invalid_token"'
        raise HTTPException(401, "The access token is invalid, expired or revoked.", {"WWW-Authenticate": challenge}) from error
    if not set(needed.scopes) <= set(claims.get("scope", "").split()):
        challenge = f'Bearer error="insufficient_scope", scope="{needed.scope_str}"'
        raise HTTPException(403, "The access token lacks a required scope.", {"WWW-Authenticate": challenge})
    return claims


Reader = Annotated[dict, Security(access_token, scopes=["items"])]


@app.get("/items/")
def read_items(_claims: Reader) -> list[dict]:
    return [{"item_id": "Foo"}, {"item_id": "Bar"}]


@app.get("/users/me/items/")
def read_own_items(claims: Reader) -> list[dict]:
    return [{"item_id": "Foo", "owner": claims["sub"]}]
