"""Runs a login with requests-oauthlib for python-clients.test.ts, and prints how the library reads each answer."""

import json
import sys

import requests_oauthlib
from oauthlib.oauth2 import LegacyApplicationClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session

given = json.load(sys.stdin)
url = given["url"]
client_id, secret = given["client_id"], given["client_secret"]

# As the documentation shows: HTTPBasicAuth for the header, arguments for the form.
in_form = {"client_id": client_id, **({"client_secret": secret} if secret else {})}
by_header = given["method"] == "client_secret_basic"
at_login = {"auth": HTTPBasicAuth(client_id, secret)} if by_header else {"include_client_id": True, "client_secret": secret}
later = {"auth": HTTPBasicAuth(client_id, secret)} if by_header else in_form


def refusal(call):
    try:
        call()
    except OAuth2Error as error:
        return error.error


def fetch(session, password):
    return session.fetch_token(url + "/token", username=given["username"], password=password, **at_login)


def refresh(session, token):
    return session.refresh_token(url + "/token", refresh_token=token["refresh_token"], **later)


def post(path, token):
    """Requests for which the library has no call: RFC 7009 and RFC 7662."""
    form = {"token": token, **({} if by_header else in_form)}
    return session.post(url + path, data=form, auth=at_login.get("auth"), withhold_token=True)


def log_in(**form):
    """A login with a second factor: the account, or what a program gets and a user reads."""
    one = OAuth2Session(client=LegacyApplicationClient(client_id=client_id))
    form = {"username": "alice", "password": given["password"], **form}
    try:
        one.fetch_token(url + "/token", include_client_id=True, **form)
    except OAuth2Error as error:
        return {"error": error.error, "text": str(error)}
    return {"me": one.get(url + "/users/me").json()}


if "logins" in given:
    json.dump([log_in(**form) for form in given["logins"]], sys.stdout)
    sys.exit()

result = {"version": requests_oauthlib.__version__}
session = OAuth2Session(client=LegacyApplicationClient(client_id=client_id, scope=["me"]))
result["wrong"] = refusal(lambda: fetch(session, "wrong"))

first = fetch(session, given["password"])
result["first"] = dict(first)
result["me"] = session.get(url + "/users/me").json()

second = refresh(session, first)
result["second"] = dict(second)

# A session refreshes before a request if its token has expired by its own clock, always with the form.
saved = []
automatic = OAuth2Session(
    client_id,
    token={**second, "expires_in": -1, "expires_at": 1},
    auto_refresh_url=url + "/token",
    auto_refresh_kwargs=in_form,
    token_updater=saved.append,
)
result["meAfterExpiry"] = automatic.get(url + "/users/me").json()
result["saved"] = [dict(token) for token in saved]
third = saved[-1]

if secret:
    result["active"] = post("/introspect", third["access_token"]).json()
result["revoked"] = post("/revoke", third["refresh_token"]).status_code
if secret:
    result["inactive"] = post("/introspect", third["access_token"]).json()
session.token = third
result["afterRevocation"] = session.get(url + "/users/me").status_code
result["refreshAfterRevocation"] = refusal(lambda: refresh(session, third))
json.dump(result, sys.stdout)
