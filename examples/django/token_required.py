# token_required.py
from functools import wraps

import jwt
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from access_tokens import ProofError, verify


def refusal(challenge):
    return HttpResponse(status=401, headers={"WWW-Authenticate": challenge})


def token_required(view):
    """A view of requests with a valid access token, whose claims are `request.claims`."""

    @wraps(view)
    def checked(request, *args, **kwargs):
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        path, proofs = request.get_full_path().partition("?")[0], [request.headers.get("DPoP", "")]
        if scheme.lower() not in ("bearer", "dpop"):
            return refusal('Bearer, DPoP algs="ES256"')
        try:
            request.claims = verify(scheme.lower(), token, proofs, request.method, path)
        except jwt.PyJWKClientConnectionError:
            return HttpResponse(status=503)
        except ProofError:
            return refusal('DPoP error="invalid_dpop_proof", algs="ES256"')
        except jwt.PyJWTError:
            return refusal(f'{"DPoP" if scheme.lower() == "dpop" else "Bearer"} error="invalid_token"')
        return view(request, *args, **kwargs)

    # No other site can send the token, as it could a cookie.
    return csrf_exempt(checked)
