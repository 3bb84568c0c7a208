"""Runs logins with Authlib for python-clients.test.ts, and prints how Authlib reads each answer."""

import json
import sys

import authlib
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session

given = json.load(sys.stdin)
url = given["url"]


def session(**options):
    return OAuth2Session(
        given["client_id"],
        given["client_secret"],
        token_endpoint_auth_method=given["method"] or "none",
        token_endpoint=url + "/token",
        **options,
    )


def refusal(call):
    try:
        call()
    except OAuthError as error:
        return error.error


def introspected(client, token):
    return client.introspect_token(url + "/introspect", token=token).json()


def log_in(**form):
    """A login with a second factor: the account, or what a program gets and a user reads."""
    one = session()
    try:
        one.fetch_token(url + "/token", **{"username": "alice", "password": given["password"], **form})
    except OAuthError as error:
        return {"error": error.error, "text": str(error)}
    return {"me": one.get(url + "/users/me").json()}


if "logins" in given:
    json.dump([log_in(**form) for form in given["logins"]], sys.stdout)
    sys.exit()

saved = []
client = session(update_token=lambda token, **_: saved.append(token))
result = {"version": authlib.__version__}

result["wrong"] = refusal(
    lambda: session().fetch_token(url + "/token", username=given["username"], password="wrong")
)
first = client.fetch_token(url + "/token", username=given["username"], password=given["password"], scope="me")
result["first"] = dict(first)
result["me"] = client.get(url + "/users/me").json()

second = client.refresh_token(url + "/token", refresh_token=first["refresh_token"])
result["second"] = dict(second)
saved.clear()

# A session refreshes before a request if its token has expired by Authlib's own clock.
client.token = {**second, "expires_at": 1}
result["meAfterExpiry"] = client.get(url + "/users/me").json()
result["saved"] = [dict(token) for token in saved]
third = client.token

if given["method"]:
    result["active"] = introspected(client, third["access_token"])
revoked = client.revoke_token(url + "/revoke", token=third["refresh_token"], token_type_hint="refresh_token")
result["revoked"] = revoked.status_code
if given["method"]:
    result["inactive"] = introspected(client, third["access_token"])
result["afterRevocation"] = client.get(url + "/users/me").status_code
result["refreshAfterRevocation"] = refusal(
    lambda: client.refresh_token(url + "/token", refresh_token=third["refresh_token"])
)
json.dump(result, sys.stdout)
