import { decodeJwt } from 'jose'
import type { Test } from 'tap'
import { sha256 } from '../../src/auth/keys/secrets.ts'
import { bearer } from '../support/app.ts'
import { createProofSigner, nonceOf, proofClaims } from '../support/dpop.ts'
import { engines } from '../support/engines.ts'
import { challengeForm, codeOf, exchange } from './codes.ts'
import { type Changes, clientOf } from './dpop-client.ts'
import type { Standard } from './scenarios.ts'
import { type Answer, assertRefused, passwordForm, type World } from './world.ts'

/** Asserts the refusal of a proof by the token endpoint, with the nonce for the next one. */
function assertProofRefused(t: Test, { app }: World, answer: Answer, what: string, error = 'invalid_dpop_proof') {
  assertRefused(t, answer, error)
  t.equal(answer.headers['dpop-nonce'], nonceOf(app), what)
}

/** Asserts a 401 of a resource with a challenge in the scheme DPoP. */
function assertUnauthorized(t: Test, { status, headers }: Answer, error: string, what: string) {
  t.equal(status, 401, what)
  const challenges = String(headers['www-authenticate'])
  t.match(challenges, /DPoP [^,]/, what)
  t.ok(challenges.includes(`error="${error}"`), `${what}: ${challenges}`)
  t.match(challenges, /algs="ES256 Ed25519 EdDSA RS256"/, what)
}

const algs = ['ES256', 'Ed25519', 'EdDSA', 'RS256'] as const

export const rfc9449: Standard = {
  name: 'RFC 9449',
  title: 'OAuth 2.0 Demonstrating Proof of Possession (DPoP)',
  table: 'rfc9449',
  scenarios: [
    {
      section: '§4.3',
      requirement: 'a request has one DPoP header (check 1)',
      level: 'MUST',
      async run(world, t) {
        const client = clientOf(world)
        const dpop = [client.proof('POST', '/token'), client.proof('POST', '/token')]
        assertProofRefused(t, world, await world.token(passwordForm, { dpop }), 'two headers')
      }
    },
    {
      section: '§4.3',
      requirement:
        'a proof is one well-formed JWT with typ, a supported alg, and a public jwk (checks 2 to 5 and 7, §4.2)',
      level: 'MUST',
      async run(world, t) {
        const client = clientOf(world)
        const wrong: Record<string, Changes['header']> = {
          typ: { typ: 'JWT' },
          'no typ': { typ: undefined },
          none: { alg: 'none' },
          'a MAC': { alg: 'HS256' },
          'no jwk': { jwk: undefined },
          'a private key': { jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', d: 'd' } },
          'a symmetric key': { jwk: { kty: 'oct', k: 'k' } },
          crit: { crit: ['exp'] }
        }
        for (const [what, header] of Object.entries(wrong))
          assertProofRefused(t, world, await client.logIn({ header: header as Record<string, unknown> }), what)
        for (const dpop of ['x', 'x.y', 'x.y.z', ''])
          assertProofRefused(t, world, await world.token(passwordForm, { dpop }), `"${dpop}"`)
        const none = await client.logIn({ claims: { jti: undefined } })
        assertProofRefused(t, world, none, 'no jti')
      }
    },
    {
      section: '§4.3',
      requirement: 'the signature of a proof is that of the key in its header (check 6)',
      level: 'MUST',
      async run(world, t) {
        const [client, other] = [clientOf(world), clientOf(world)]
        const [head, payload] = client.proof('POST', '/token').split('.')
        const [, , signature] = other.proof('POST', '/token').split('.')
        const dpop = [head, payload, signature].join('.')
        assertProofRefused(t, world, await world.token(passwordForm, { dpop }), 'the signature of another')
      }
    },
    {
      section: '§4.3',
      requirement:
        'htm and htu are those of the request, after normalization and without query and fragment (checks 8 and 9)',
      level: 'MUST',
      async run(world, t) {
        const client = clientOf(world)
        const { issuer } = world.config
        const others = ['https://evil.example/token', `${issuer}/revoke`, `${issuer}/token?x`, `${issuer}/token#x`]
        for (const claims of [{ htm: 'GET' }, ...others.map(htu => ({ htu }))])
          assertProofRefused(t, world, await client.logIn({ claims }), JSON.stringify(claims))
        for (const htu of [`${issuer}:443/token`, 'HTTPS://AUTH.example.com/%74oken'])
          t.equal((await client.logIn({ claims: { htu } })).status, 200, htu)
        const dpop = client.proof('POST', '/token', { claims: { htu: 'https://evil.example/token' } })
        const spoofed = { dpop, host: 'evil.example', 'x-forwarded-host': 'evil.example' }
        assertProofRefused(t, world, await world.token(passwordForm, spoofed), 'the Host of a request is not asked')
      }
    },
    {
      section: '§4.3',
      requirement: 'iat is at most 30 seconds away (check 11, §11.1)',
      level: 'MUST',
      async run(world, t) {
        const client = clientOf(world)
        const now = Math.floor(world.clock.now().getTime() / 1000)
        for (const iat of [now - 31, now + 31, now - 60, undefined, String(now)])
          assertProofRefused(t, world, await client.logIn({ claims: { iat } }), String(iat))
        for (const iat of [now - 30, now + 30]) t.equal((await client.logIn({ claims: { iat } })).status, 200)
      }
    },
    {
      section: '§4.3',
      requirement:
        'at a resource, ath is the hash of the access token, and the key is the one that it is bound to (check 12)',
      level: 'MUST',
      async run(world, t) {
        const [owner, thief] = [clientOf(world), clientOf(world)]
        const { access_token } = (await owner.logIn()).body
        t.equal((await owner.me(access_token)).status, 200)
        for (const ath of [undefined, sha256('another token')])
          assertUnauthorized(t, await owner.me(access_token, { claims: { ath } }), 'invalid_dpop_proof', String(ath))
        const stolen = await thief.me(access_token)
        t.equal(stolen.status, 401)
      }
    },
    {
      section: '§5',
      requirement: 'a token request with a proof gives a token of the type DPoP, with each algorithm',
      level: 'MUST',
      async run(world, t) {
        for (const alg of algs) {
          const client = clientOf(world, createProofSigner(alg))
          const { body } = await client.logIn()
          t.equal(body.token_type, 'DPoP', alg)
          t.equal((await client.me(body.access_token)).status, 200, alg)
        }
        t.equal((await world.logIn()).body.token_type, 'Bearer', 'without a proof')
      }
    },
    {
      section: '§5',
      requirement: 'a refresh token of a public client is bound to the key, and useless without it',
      level: 'MUST',
      engines,
      async run(world, t) {
        const [owner, thief] = [clientOf(world), clientOf(world)]
        const { refresh_token } = (await owner.logIn()).body
        assertRefused(t, await world.refresh(refresh_token), 'invalid_grant')
        assertRefused(t, await thief.refresh(refresh_token), 'invalid_grant')
        t.equal((await owner.refresh(refresh_token)).body.token_type, 'DPoP', 'the login has not ended')
      }
    },
    {
      section: '§5',
      requirement: 'a login that began without a proof is bound by the first one',
      level: 'decision',
      engines,
      async run(world, t) {
        const client = clientOf(world)
        const { refresh_token } = await world.tokens()
        const bound = (await client.refresh(refresh_token)).body
        t.equal(bound.token_type, 'DPoP')
        assertRefused(t, await world.refresh(bound.refresh_token), 'invalid_grant')
        t.equal((await client.refresh(bound.refresh_token)).status, 200)
      }
    },
    {
      section: '§5',
      requirement: 'a refresh token of a confidential client is not bound to a key; each of its access tokens is',
      level: 'MUST',
      engines,
      async run(world, t) {
        const { headers } = await world.confidential()
        const [first, second] = [clientOf(world), clientOf(world)]
        const login = (await first.token(passwordForm, {}, headers)).body
        const refreshed = (await second.refresh(login.refresh_token, headers)).body
        t.same(decodeJwt(login.access_token).cnf, { jkt: first.jkt })
        t.same(decodeJwt(refreshed.access_token).cnf, { jkt: second.jkt })
        const plain = await world.refresh(refreshed.refresh_token, {}, headers)
        t.equal(plain.body.token_type, 'Bearer')
      }
    },
    {
      section: '§5.1',
      requirement: 'the metadata lists the algorithms, all of them asymmetric (§11.6)',
      level: 'MUST',
      async run({ send }, t) {
        const { body } = await send('GET', '/.well-known/oauth-authorization-server')
        t.same(body.dpop_signing_alg_values_supported, algs)
      }
    },
    {
      section: '§5.2',
      requirement: 'a client with dpop_bound_access_tokens gets no token without a proof',
      level: 'MUST',
      engines,
      async run(world, t) {
        const { client } = await world.app.clientAdmin.create({
          name: 'bound',
          confidential: false,
          grants: ['password'],
          scopes: ['me'],
          dpop_bound_access_tokens: true
        })
        const form = { ...passwordForm, client_id: client.id }
        assertProofRefused(t, world, await world.token(form), 'without a proof')
        t.equal((await clientOf(world).token(form)).status, 200)
      }
    },
    {
      section: '§6.1',
      requirement: 'cnf of an access token has the thumbprint of the key, and so has introspection (§6.2)',
      level: 'MUST',
      async run(world, t) {
        const { headers } = await world.confidential()
        const client = clientOf(world)
        const { access_token, refresh_token } = (await client.logIn()).body
        t.same(decodeJwt(access_token).cnf, { jkt: client.jkt })
        const introspect = async (token: string) => (await world.post('/introspect', { token }, headers)).body
        t.match(await introspect(access_token), { active: true, token_type: 'DPoP', cnf: { jkt: client.jkt } })
        t.match(await introspect(refresh_token), { active: true, cnf: { jkt: client.jkt } })
        t.notOk('cnf' in (await introspect((await world.tokens()).access_token)))
      }
    },
    {
      section: '§7.1',
      requirement: 'a bound token needs the scheme DPoP and a proof; the 401 lists the algorithms',
      level: 'MUST',
      async run(world, t) {
        const client = clientOf(world)
        const { access_token } = (await client.logIn()).body
        const bare = await world.send('GET', '/users/me', { authorization: `DPoP ${access_token}` })
        assertUnauthorized(t, bare, 'invalid_dpop_proof', 'without a proof')
        const lower = { authorization: `dpop ${access_token}` }
        const dpop = client.proof('GET', '/users/me', { claims: { ath: sha256(access_token) } })
        t.equal((await world.send('GET', '/users/me', { ...lower, dpop })).status, 200, 'the case of the scheme')
      }
    },
    {
      section: '§7.2',
      requirement: 'a bound token is refused as a bearer token, and a bearer token with the scheme DPoP',
      level: 'MUST',
      async run(world, t) {
        const client = clientOf(world)
        const { access_token } = (await client.logIn()).body
        const stolen = await world.send('GET', '/users/me', bearer(access_token))
        t.equal(stolen.status, 401)
        t.match(stolen.headers['www-authenticate'], /error="invalid_token"/)
        const plain = (await world.tokens()).access_token
        t.equal((await client.me(plain)).status, 401)
        t.equal((await world.me(plain)).status, 200)
      }
    },
    {
      section: '§8',
      requirement: 'a proof without a nonce of this server is 400 use_dpop_nonce with one, of the characters of §8.1',
      level: 'MUST',
      async run(world, t) {
        const client = clientOf(world)
        for (const nonce of [undefined, 'x', 1, '1.x']) {
          const answer = await client.logIn({ claims: { nonce } })
          assertProofRefused(t, world, answer, String(nonce), 'use_dpop_nonce')
          t.match(answer.headers['dpop-nonce'], /^[\x21\x23-\x5b\x5d-\x7e]+$/)
        }
        const nonce = (await client.logIn({ claims: { nonce: 'x' } })).headers['dpop-nonce']
        t.equal((await client.logIn({ claims: { nonce } })).status, 200)
      }
    },
    {
      section: '§8.2',
      requirement:
        'the answer to a proof has the next nonce before the former one ends; two steps of two minutes end it',
      level: 'SHOULD',
      async run(world, t) {
        const client = clientOf(world)
        const nonce = nonceOf(world.app)
        world.clock.advance(120)
        const answer = await client.logIn({ claims: { nonce } })
        t.equal(answer.status, 200)
        t.not(answer.headers['dpop-nonce'], nonce)
        world.clock.advance(120)
        assertProofRefused(t, world, await client.logIn({ claims: { nonce } }), 'old', 'use_dpop_nonce')
      }
    },
    {
      section: '§9',
      requirement: 'the resources of this server ask for a nonce too: 401 use_dpop_nonce',
      level: 'decision',
      async run(world, t) {
        const client = clientOf(world)
        const { access_token } = (await client.logIn()).body
        const answer = await client.me(access_token, { claims: { nonce: undefined } })
        assertUnauthorized(t, answer, 'use_dpop_nonce', 'without a nonce')
        t.equal(answer.headers['dpop-nonce'], nonceOf(world.app))
      }
    },
    {
      section: '§10',
      requirement:
        'a code for the key that dpop_jkt names, or that proved its request, is redeemed with that key only (first-party-apps §9.6.1)',
      level: 'MUST',
      engines,
      async run(world, t) {
        const [owner, thief] = [clientOf(world), clientOf(world)]
        for (const named of [true, false]) {
          const code = () =>
            named
              ? codeOf(world, { dpop_jkt: owner.jkt })
              : codeOf(world, {}, { dpop: owner.proof('POST', '/authorize-challenge') })
          const redeem = (code: string, client = owner) =>
            exchange(world, code, {}, { dpop: client.proof('POST', '/token') })
          assertRefused(t, await exchange(world, await code()), 'invalid_grant')
          assertRefused(t, await redeem(await code(), thief), 'invalid_grant')
          t.same(decodeJwt((await redeem(await code())).body.access_token).cnf, { jkt: owner.jkt })
        }
        const both = { dpop: thief.proof('POST', '/authorize-challenge') }
        const conflict = await world.challenge({ ...challengeForm, dpop_jkt: owner.jkt }, both)
        assertRefused(t, conflict, 'invalid_dpop_proof')
      }
    },
    {
      section: '§11.1',
      requirement: 'a proof works once at the token endpoint, on both databases',
      level: 'MUST',
      engines,
      async run(world, t) {
        const client = clientOf(world)
        const claims = { jti: 'one' }
        t.equal((await client.logIn({ claims })).status, 200)
        assertProofRefused(t, world, await client.logIn({ claims }), 'again')
        t.equal((await clientOf(world).logIn({ claims })).status, 200, 'the same jti of another key')
      }
    },
    {
      section: '§11.1',
      requirement: 'at a resource, a proof works for 30 seconds, for the same method and URL, and nothing is written',
      level: 'decision',
      async run(world, t) {
        const client = clientOf(world)
        const { access_token } = (await client.logIn()).body
        const claims = { jti: 'one', iat: Math.floor(world.clock.now().getTime() / 1000) }
        for (const _ of [1, 2]) t.equal((await client.me(access_token, { claims })).status, 200)
        world.clock.advance(31)
        assertUnauthorized(t, await client.me(access_token, { claims }), 'invalid_dpop_proof', 'late')
      }
    },
    {
      section: '§11.2',
      requirement: 'a proof that was made for a later time fails then, because its nonce has ended',
      level: 'SHOULD',
      async run(world, t) {
        const client = clientOf(world)
        const { access_token } = (await client.logIn()).body
        const later = Math.floor(world.clock.now().getTime() / 1000) + 300
        const headers = {
          authorization: `DPoP ${access_token}`,
          dpop: client.proof('GET', '/users/me', { claims: { ath: sha256(access_token), iat: later } })
        }
        world.clock.advance(300)
        assertUnauthorized(t, await world.send('GET', '/users/me', headers), 'use_dpop_nonce', 'made in advance')
      }
    },
    {
      section: '§11.5',
      requirement: 'a key in the header is for proofs only: it verifies no access token',
      level: 'MUST',
      async run(world, t) {
        const signer = createProofSigner()
        const { access_token } = (await clientOf(world, signer).logIn()).body
        const forged = signer.prove(decodeJwt(access_token), { typ: 'at+jwt' })
        const dpop = signer.prove({ ...proofClaims(world.app, ['GET', '/users/me'], { token: forged }) })
        t.equal((await world.send('GET', '/users/me', { authorization: `DPoP ${forged}`, dpop })).status, 401)
      }
    }
  ],
  notApplicable: [
    {
      section: '§5.2, §12',
      requirement: 'registration of clients by themselves',
      why: 'administrators register clients'
    },
    { section: '§10.1', requirement: 'pushed authorization requests', why: 'there is no authorization endpoint' }
  ],
  readings: [
    {
      section: '§4.3',
      question: 'How far may iat be from the time of the server?',
      choice:
        '30 seconds in both directions. The nonce bounds what a clock that is wrong, or an attacker, makes in advance.'
    },
    {
      section: '§11.1',
      question: 'Is jti remembered at resources?',
      choice:
        'No: that would be a write for each request. The time, the nonce, ath, htm and htu bound a replay, which needs the access token too.'
    },
    {
      section: '§7.2',
      question: 'May a bound refresh token end its login without the key?',
      choice: 'By revocation, yes: that harms only its thief. By its use, no: it is refused, and the login continues.'
    }
  ]
}
