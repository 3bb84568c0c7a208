"""Logs an account with a second factor in with requests-oauthlib, and prints what a program gets and a user reads."""

import json
import sys

import requests_oauthlib
from oauthlib.oauth2 import LegacyApplicationClient, OAuth2Error
from requests_oauthlib import OAuth2Session

given = json.load(sys.stdin)
url = given["url"]
session = OAuth2Session(client=LegacyApplicationClient(client_id=given["client_id"]))


def log_in(**form):
    try:
        session.fetch_token(
            url + "/token",
            include_client_id=True,
            **{"username": "alice", "password": given["password"], **form},
        )
    except OAuth2Error as error:
        return {"error": error.error, "text": str(error)}
    return {"me": session.get(url + "/users/me").json()}


json.dump(
    {
        "version": requests_oauthlib.__version__,
        "alone": log_in(),
        "wrong": log_in(otp="000000"),
        "combined": log_in(password=given["password"] + given["codes"][0]),
        "otp": log_in(otp=given["codes"][1]),
        "recovery": log_in(recovery_code=given["recovery_code"]),
    },
    sys.stdout,
)
