"""Logs an account with a second factor in with Authlib, and prints what a program gets and a user reads."""

import json
import sys

import authlib
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

given = json.load(sys.stdin)
url = given["url"]
session = OAuth2Session(given["client_id"], token_endpoint_auth_method="none")


def log_in(**form):
    try:
        session.fetch_token(url + "/token", **{"username": "alice", "password": given["password"], **form})
    except OAuthError as error:
        return {"error": error.error, "text": str(error)}
    return {"me": session.get(url + "/users/me").json()}


json.dump(
    {
        "version": authlib.__version__,
        "alone": log_in(),
        "wrong": log_in(otp="000000"),
        "combined": log_in(password=given["password"] + given["codes"][0]),
        "otp": log_in(otp=given["codes"][1]),
        "recovery": log_in(recovery_code=given["recovery_code"]),
    },
    sys.stdout,
)
