import { decodeJwt } from 'jose'
import { createProofSigner, nonceOf, proofClaims } from '../support/dpop.ts'
import { clientOf } from './dpop-client.ts'
import { decision, excluded, must, reading, type Standard, should } from './scenarios.ts'
import { assertRefused, passwordForm, startOnSocket } from './world.ts'

const proofs = 'wire/dpop/proof.test.ts'
const keys = 'wire/dpop/proof-key.test.ts'
const urls = 'wire/dpop/htu.test.ts'
const nonces = 'wire/dpop/nonces.test.ts'
const schemes = 'wire/authorization.test.ts'
const logins = 'routes/dpop.test.ts'
const grants = 'routes/dpop-grants.test.ts'
const endpoints = 'routes/dpop-endpoints.test.ts'
const resources = 'routes/dpop-resources.test.ts'
const metadata = 'routes/well-known.test.ts'
const apis = 'resource-server/dpop.test.ts'
const clients = 'packages/client/test/dpop.test.ts'

const bound = 'A thief without the key cannot end a bound login, and leaves one event an hour (RFC 9449 §5)'
const everyGrant = 'Every grant binds its tokens to the key of the proof, once for each proof (RFC 9449 §5, §11.1)'
const confidential = 'Refresh tokens of a confidential client are not bound, its access tokens are (RFC 9449 §5)'
const described = 'Introspection names the key of access and refresh tokens (RFC 9449 §6.2)'
const codes = 'A code is redeemed with the key of its request, or that of dpop_jkt (RFC 9449 §10)'
const endsNonces = 'A nonce is the same on every node for two minutes, and valid for two to four (RFC 9449 §8)'
const needsNonce = 'The nonce is one of this server (RFC 9449 §4.3 check 10, §8)'
const typ = 'The typ is dpop+jwt (RFC 9449 §4.3 check 4)'
const alg = 'The alg is one of those of the metadata (RFC 9449 §4.3 check 5)'
const ath = 'With an access token, the proof has its hash and its key (RFC 9449 §4.3 check 12)'
const everyPlace = 'Every protected path takes a bound token with a proof of its key only (RFC 9449 §4.3, §7)'

export const rfc9449: Standard = {
  name: 'RFC 9449',
  title: 'OAuth 2.0 Demonstrating Proof of Possession (DPoP)',
  date: 'September 2023',
  table: 'rfc9449',
  scenarios: [
    must('§4.1', 'a request has one DPoP header (§4.3 check 1)', { start: startOnSocket }, async (world, t) => {
      const client = clientOf(world)
      const dpop = [client.proof('POST', '/token'), client.proof('POST', '/token')]
      const answer = await world.token(passwordForm, { dpop })
      assertRefused(t, answer, 'invalid_dpop_proof')
      t.equal(answer.headers['dpop-nonce'], nonceOf(world.app))
    }),
    must('§4.2', 'a proof with each algorithm is accepted, and needs a jti', [
      [proofs, 'A proof with each algorithm is read (RFC 9449 §4.2)'],
      [proofs, 'The jti is text of 1 to 256 characters (RFC 9449 §4.2)']
    ]),
    must('§4.3', 'a proof that breaks a check is 400 invalid_dpop_proof at the token endpoint', [
      [logins, 'A proof that breaks a check of RFC 9449 §4.3 is refused at both OAuth endpoints']
    ]),
    must('§4.3', 'a proof is one well-formed JWT with typ, a supported alg and a public jwk (checks 2 to 5, 7)', [
      [proofs, 'There is one DPoP header of at most 4 KB, with one JWT (RFC 9449 §4.3 checks 1 and 2)'],
      [proofs, 'Header and payload are strict base64url and JSON (RFC 9449 §4.3 check 2, RFC 8725 §2.4)'],
      [proofs, typ],
      [proofs, alg],
      [keys, 'A jwk of another type or curve than that of its alg is refused (RFC 9449 §4.3 check 5)'],
      [keys, 'A jwk with a private part, or a symmetric one, is refused (RFC 9449 §4.3 check 7)']
    ]),
    must('§4.3', 'the signature of a proof is that of the key in its header (check 6)', [
      [proofs, 'The signature is that of the key in the header (RFC 9449 §4.3 check 6)']
    ]),
    must('§4.3', 'htm and htu are those of the request, without query and fragment (checks 8 and 9)', [
      [proofs, 'The htm is the method (RFC 9449 §4.3 check 8)'],
      [proofs, 'The htu is the URL (RFC 9449 §4.3 check 9)'],
      [urls, 'An htu with a query or a fragment, or of another URL, is not that of the request (RFC 9449 §4.2)'],
      [resources, 'Behind a prefix, a proof is for the public URL, whatever the Host is (RFC 9449 §4.3)']
    ]),
    should('§4.3', 'htu is compared after normalization (check 9)', [
      [urls, 'An htu is compared after normalization (RFC 9449 §4.3 check 9, RFC 3986 §6.2.2 and §6.2.3)']
    ]),
    must('§4.3', 'a proof needs a nonce of this server (check 10)', [[proofs, needsNonce]]),
    must('§4.3', 'iat is at most 30 seconds away (check 11)', [
      [proofs, 'The iat is within 30 seconds in both directions (RFC 9449 §4.3 check 11)']
    ]),
    must('§4.3', 'at a resource, ath is the hash of the access token, and the key is that of the token (check 12)', [
      [proofs, ath],
      [resources, everyPlace]
    ]),
    must('§5', 'a token request with a proof gives a token of the type DPoP, with each grant and algorithm', [
      [grants, everyGrant],
      [proofs, 'A proof with each algorithm is read (RFC 9449 §4.2)']
    ]),
    must('§5', 'a refresh token of a public client is bound to the key, and useless without it', [[logins, bound]]),
    decision('§5', 'a login that began without a proof is bound by the first one', [
      [logins, 'The first proof binds a login that began without one (RFC 9449 §5)']
    ]),
    must('§5', 'a refresh token of a confidential client is not bound to a key', [[logins, confidential]]),
    decision('§5', 'where DPoP is optional, a request without a proof gives a bearer token', [
      [grants, 'Without a proof, or with DPOP=off, every grant gives bearer tokens (RFC 9449 §5)']
    ]),
    must('§5.1', 'the metadata lists the algorithms', [
      [metadata, 'The metadata describes the running server, and may be cached (RFC 8414 §2, §3)']
    ]),
    must('§5.2', 'a client with dpop_bound_access_tokens gets no token without a proof', [
      [endpoints, 'A client with dpop_bound_access_tokens always proves a key (RFC 9449 §5.2)']
    ]),
    must('§6.1', 'cnf of an access token has the thumbprint of the key', [
      [grants, everyGrant],
      [keys, 'A key of each algorithm is read with its thumbprint (RFC 9449 §4.2, RFC 7638, RFC 8037)']
    ]),
    must('§6.2', 'cnf of introspection has it too', [[endpoints, described]]),
    must('§7.1', 'a bound token needs the scheme DPoP, in any case, and a proof; the 401 lists the algorithms', [
      [resources, everyPlace],
      [schemes, 'A header has a token with a scheme, another scheme, or is malformed (RFC 6750 §2.1, RFC 9449 §7.1)']
    ]),
    must('§7.2', 'a bound token is refused as a bearer token, and a bearer token with the scheme DPoP', [
      [resources, everyPlace]
    ]),
    decision('§7.2', 'a request without a token learns both schemes', [
      [resources, 'A request without a token learns the schemes (RFC 9449 §7.2)']
    ]),
    should('§7.3', 'sallyport/client makes a new proof when it repeats a request', [
      [clients, 'A nonce that has ended is replaced by the one of the answer, once (RFC 9449 §8, §9)']
    ]),
    must('§8', 'a proof without a nonce of this server is 400 use_dpop_nonce with one', [[grants, everyGrant]]),
    must('§8.1', 'a nonce has only characters of its syntax', [[nonces, endsNonces]]),
    should('§8.2', 'the answer to a proof has the next nonce before the former one ends', [
      [grants, everyGrant],
      [nonces, endsNonces]
    ]),
    decision('§9', 'the resources of this server ask for a nonce: 401 use_dpop_nonce', [[resources, everyPlace]]),
    decision('§9', 'an API with sallyport/verifier asks for one if it has a nonceSecret', [
      [apis, 'With nonceSecret, a proof needs the nonce of the API (RFC 9449 §9)']
    ]),
    must('§10', 'a code for the key that dpop_jkt names is redeemed with that key only (§11.9)', [
      [endpoints, codes],
      [endpoints, 'dpop_jkt is the thumbprint of the key of the proof (RFC 9449 §10)']
    ]),
    must('§11.1', 'a proof gives tokens once, on all nodes', [
      [grants, everyGrant],
      [logins, 'A proof that is replayed at another node is refused (RFC 9449 §11.1)']
    ]),
    should('§11.1', 'of a used proof, a hash is remembered until it has expired', [
      [proofs, 'The id of a proof is that of its key and its jti (RFC 9449 §11.1)'],
      [logins, 'A proof is remembered until it has expired, and then deleted (RFC 9449 §11.1)']
    ]),
    decision('§11.1', 'at a resource, a proof works until 30 seconds after its iat, and nothing is written', [
      [resources, 'A proof works again for the same request while it is fresh: nothing is written (RFC 9449 §11.1)']
    ]),
    should('§11.2', 'a proof that was made for a later time fails then, because its nonce has ended', [
      [nonces, endsNonces]
    ]),
    must('§11.3', 'no proof without a nonce is accepted', [[proofs, needsNonce]]),
    decision('§11.4', 'sallyport/client has a key that no script can export', [
      [clients, 'A login is bound to a key that cannot be exported, and every request proves it (RFC 9449 §5, §7.1)']
    ]),
    must('§11.5', 'no other JWT is a proof', [[proofs, typ]]),
    decision('§11.5', 'a key in the header is for proofs only: it verifies no access token', async (world, t) => {
      const signer = createProofSigner()
      const { access_token } = (await clientOf(world, signer).logIn()).body
      const forged = signer.prove(decodeJwt(access_token), { typ: 'at+jwt' })
      const dpop = signer.prove(proofClaims(world.app, ['GET', '/users/me'], { token: forged }))
      t.equal((await world.send('GET', '/users/me', { authorization: `DPoP ${forged}`, dpop })).status, 401)
    }),
    must('§11.6', 'only asymmetric algorithms and strong keys are accepted, and never none', [
      [proofs, alg],
      [keys, 'An RSA key that is weak, or takes long to use, is refused (RFC 9449 §11.6, FIPS 186-5 §5.1)']
    ]),
    must('§11.8', 'thumbprint and ath are those of SHA-256', [
      [keys, 'A key of each algorithm is read with its thumbprint (RFC 9449 §4.2, RFC 7638, RFC 8037)'],
      [proofs, ath]
    ])
  ],
  notApplicable: [
    excluded('§5.2', 'registration of clients by themselves', 'administrators register clients'),
    excluded('§10.1', 'pushed authorization requests', 'there is no authorization endpoint'),
    excluded(
      '§11.7',
      'integrity of the query, the headers and the body',
      'a proof does not sign them; TLS protects them'
    ),
    excluded('§11.10', 'another hash than SHA-256', 'no standard has one yet'),
    excluded(
      '§11.11',
      'a proof that is bound to the authentication of the client',
      'the RFC leaves it to other standards'
    ),
    excluded('§12', 'registrations of IANA', 'they ask nothing of a server')
  ],
  readings: [
    reading(
      '§4.3',
      'How far may iat be from the time of the server?',
      '30 seconds in both directions. The nonce bounds what a clock that is wrong, or an attacker, makes in advance.'
    ),
    reading(
      '§11.1',
      'Is jti remembered at resources?',
      'No: that would be a write for each request. The time, the nonce, ath, htm and htu bound a replay, which needs the access token too.'
    ),
    reading(
      '§7.2',
      'May a bound refresh token end its login without the key?',
      'By revocation, yes: that harms only its thief. By its use, no: it is refused, and the login continues.'
    )
  ]
}
