"""The items of FastAPI's tutorial, protected by Sallyport access tokens."""

import os
from typing import Annotated

from fastapi import FastAPI, Security
from fastapi.middleware.cors import CORSMiddleware

from access_tokens import get_claims

app = FastAPI(title="Items")
# Of another origin, only these pages may call the API. They read why a token is refused, and the time of the API.
app.add_middleware(
    CORSMiddleware,
    allow_origins=[os.environ.get("PAGE", "http://localhost:5173")],
    allow_methods=["*"],
    allow_headers=["Authorization", "DPoP"],
    expose_headers=["WWW-Authenticate", "Date"],
)

Reader = Annotated[dict, Security(get_claims, scopes=["items"])]


@app.get("/items/")
def read_items(_claims: Reader) -> list[dict]:
    return [{"item_id": "Foo"}, {"item_id": "Bar"}]


@app.get("/users/me/items/")
def read_own_items(claims: Reader) -> list[dict]:
    return [{"item_id": "Foo", "owner": claims["sub"]}]
