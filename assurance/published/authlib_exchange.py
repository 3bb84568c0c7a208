"""Exchanges a personal access token with Authlib for python-clients.test.ts, and prints the answers."""

import json
import sys

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

given = json.load(sys.stdin)
session = OAuth2Session(given["client_id"], given["client_secret"], token_endpoint_auth_method=given["method"] or "none")


def exchange(subject_token):
    return session.fetch_token(
        given["url"] + "/token",
        grant_type="urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token=subject_token,
        subject_token_type="urn:sallyport:token-type:personal-access-token",
    )


result = {"exchanged": dict(exchange(given["token"]))}
# The session sends the access token now.
result["status"] = session.get(given["url"] + "/verify?scope=reports:read").status_code
try:
    exchange(given["token"] + "x")
except OAuthError as error:
    result["wrong"] = error.error
json.dump(result, sys.stdout)
