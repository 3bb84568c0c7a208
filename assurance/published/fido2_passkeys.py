"""Makes and verifies passkeys with fido2 for python-passkeys.test.ts, and prints what the test asserts."""

import json
import os
import sys

import fido2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from fido2.cose import ES256, RS256, EdDSA
from fido2.features import webauthn_json_mapping
from fido2.server import Fido2Server
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticationResponse,
    AuthenticatorAssertionResponse,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    PublicKeyCredentialCreationOptions,
    PublicKeyCredentialRequestOptions,
    RegistrationResponse,
)

webauthn_json_mapping.enabled = True
given = json.load(sys.stdin)
origin = given["origin"]
FLAG = AuthenticatorData.FLAG

makers = {
    -7: (lambda: ec.generate_private_key(ec.SECP256R1()), ES256, (ec.ECDSA(hashes.SHA256()),)),
    -8: (ed25519.Ed25519PrivateKey.generate, EdDSA, ()),
    -257: (lambda: rsa.generate_private_key(65537, 2048), RS256, (padding.PKCS1v15(), hashes.SHA256())),
}


def plain(value):
    return json.loads(json.dumps(value, default=dict))


def authenticate(creation, request, alg):
    """The responses of an authenticator: its registration, and a login with it."""
    make, cose, how = makers[alg]
    key = make()
    credential_id = os.urandom(32)
    data = AttestedCredentialData.create(b"\0" * 16, credential_id, cose.from_cryptography_key(key.public_key()))
    rp_id_hash = creation.rp.id_hash
    flags = FLAG.UP | FLAG.UV
    registered = RegistrationResponse(
        id=credential_id,
        response=AuthenticatorAttestationResponse(
            CollectedClientData.create("webauthn.create", creation.challenge, origin),
            AttestationObject.create(
                "none", AuthenticatorData.create(rp_id_hash, flags | FLAG.AT, 1, bytes(data)), {}
            ),
        ),
        client_extension_results={},
        type="public-key",
    )
    client_data = CollectedClientData.create("webauthn.get", request.challenge, origin)
    auth_data = AuthenticatorData.create(rp_id_hash, flags, 2)
    asserted = AuthenticationResponse(
        id=credential_id,
        response=AuthenticatorAssertionResponse(
            client_data, auth_data, key.sign(auth_data + client_data.hash, *how), creation.user.id
        ),
        client_extension_results={},
        type="public-key",
    )
    return {name: {**plain(dict(one)), "rawId": one["id"]} for name, one in (("registered", registered), ("asserted", asserted))}


def verify(creation, request, registered, asserted):
    """How fido2's own server judges the responses of another authenticator."""
    server = Fido2Server(dict(creation["rp"]))

    def state(options, verification):
        return {"challenge": options["challenge"], "user_verification": verification}

    made = server.register_complete(state(creation, "preferred"), registered).credential_data
    return server.authenticate_complete(state(request, "required"), [made], asserted).credential_id.hex()


result = {"version": fido2.__version__}
if "verify" in given:
    result["verified"] = [verify(**one) for one in given["verify"]]
else:
    creation = PublicKeyCredentialCreationOptions.from_dict(given["creation"])
    request = PublicKeyCredentialRequestOptions.from_dict(given["request"])
    result["creation"] = plain(dict(creation))
    result["request"] = plain(dict(request))
    result["responses"] = authenticate(creation, request, given["alg"])
json.dump(result, sys.stdout)
