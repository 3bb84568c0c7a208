import { createPublicKey, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import {
  type CryptoKey,
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  type JWTHeaderParameters,
  type JWTPayload,
  SignJWT
} from 'jose'
import type { Test } from 'tap'
import { decision, must, reading, type Scenario, type Standard } from './scenarios.ts'
import { type Answer, assertBearerRefused, startOnSocket, type World } from './world.ts'

/** What an attacker has: a token, the published key, and their own keys. */
interface Loot {
  world: World
  token: string
  header: JWTHeaderParameters
  claims: JWTPayload
  own: { privateKey: CryptoKey; publicKey: CryptoKey }
  /** Signs with one of the attacker's keys. */
  forge(header: object, claims?: JWTPayload, key?: CryptoKey | Uint8Array): Promise<string>
}

async function lootOf(world: World): Promise<Loot> {
  const { access_token: token } = await world.tokens()
  const [header, claims] = [decodeProtectedHeader(token) as JWTHeaderParameters, decodeJwt(token)]
  const own = await generateKeyPair('ES256', { extractable: true })
  return {
    world,
    token,
    header,
    claims,
    own,
    forge: (changes, payload = claims, key = own.privateKey) =>
      new SignJWT(payload).setProtectedHeader({ ...header, ...changes }).sign(key)
  }
}

const encode = (value: unknown) =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** A token that jose refuses to create: any text as header and payload, signed with the server's key. */
function signText({ world: { app } }: Loot, header: string, payload: string | Buffer) {
  const text = `${encode(header)}.${Buffer.from(payload).toString('base64url')}`
  const key = { key: app.keys.signer().privatePem, dsaEncoding: 'ieee-p1363' as const }
  return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`
}

async function publicKeyTexts({ world: { send } }: Loot) {
  const [jwk] = (await send('GET', '/.well-known/jwks.json')).body.keys
  const key = createPublicKey({ key: jwk, format: 'jwk' })
  const pem = String(key.export({ type: 'spki', format: 'pem' }))
  const texts = [pem, pem.trim(), pem.replaceAll('\n', ''), JSON.stringify(jwk), jwk.x]
  return [...texts.map(text => Buffer.from(text)), key.export({ type: 'spki', format: 'der' })]
}

async function assertAllRefused(t: Test, { world }: Loot, tokens: string[], error = 'invalid_token') {
  const answers: Answer[] = []
  for (const token of tokens) answers.push(await world.me(token))
  assertBearerRefused(t, answers, error)
}

/** A scenario whose tokens are refused, while a valid token created in the same way is accepted. */
function attack(
  section: string,
  requirement: string,
  tokens: (loot: Loot) => Promise<string[]>,
  error?: string
): Scenario {
  return must(section, requirement, async (world, t) => {
    const loot = await lootOf(world)
    await assertAllRefused(t, loot, await tokens(loot), error)
    for (const token of [loot.token, await world.mint(loot.claims)]) t.equal((await world.me(token)).status, 200)
  })
}

/** A token signed by the server, for each of these changes of its claims; `undefined` removes a claim. */
const minted = ({ world, claims }: Loot, changes: Record<string, unknown>[]) =>
  Promise.all(changes.map(change => world.mint({ ...claims, ...change })))

const algorithms: Standard['scenarios'] = [
  attack(
    '§3.1',
    'alg none is refused in every spelling, with a signature and without',
    async ({ header, claims, token }) => {
      const spellings = [
        'none',
        'None',
        'NONE',
        'nOnE',
        ' none',
        'none ',
        'none\u0000',
        '',
        null,
        [],
        ['none'],
        undefined
      ]
      const signature = token.split('.')[2]
      return spellings.flatMap(alg => {
        const text = `${encode({ ...header, alg })}.${encode(claims)}`
        return [`${text}.`, text, `${text}.${signature}`]
      })
    }
  ),
  attack('§3.1', 'HMAC with the public key as its secret is refused: PEM, DER and JWK', async loot => {
    const secrets = await publicKeyTexts(loot)
    const made = ['HS256', 'HS384', 'HS512'].map(alg => secrets.map(secret => loot.forge({ alg }, loot.claims, secret)))
    return Promise.all(made.flat())
  }),
  attack('§3.1', 'the algorithm comes from the key, not from the header', async ({ token, header }) => {
    const [, payload, signature] = token.split('.')
    const algs = ['RS256', 'EdDSA', 'HS256', 'ES384', 'ES256K', 'PS256', 'es256', 'dir', 'x', 5, {}]
    return algs.map(alg => `${encode({ ...header, alg })}.${payload}.${signature}`)
  }),
  attack('§3.1', 'a signature of another algorithm under the kid of the server is refused', async ({ forge }) => {
    const algs = ['RS256', 'PS256', 'EdDSA', 'ES384', 'ES512']
    return Promise.all(algs.map(async alg => forge({ alg }, undefined, (await generateKeyPair(alg)).privateKey)))
  }),
  attack('§3.3', 'a signature by another key, of another token, altered, or missing is refused', async loot => {
    const { token, forge, world } = loot
    const [header, payload, signature = ''] = token.split('.')
    const other = (await world.tokens()).access_token.split('.')[2]
    const altered = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    const zeros = Buffer.alloc(64).toString('base64url')
    const signatures = [other, altered, '', 'AA', zeros, signature.slice(0, -4)]
    return [await forge({}), ...signatures.map(text => `${header}.${payload}.${text}`)]
  })
]

const headers: Standard['scenarios'] = [
  attack('§3.10', 'an unknown kid is refused, whichever key signed', async ({ forge, world, claims }) => [
    await forge({ kid: 'another' }),
    await world.mint(claims, { kid: 'another' }),
    await world.mint(claims, { kid: undefined as never })
  ]),
  attack(
    '§3.10',
    'a kid that is a path, SQL or a member of every object finds no key and breaks nothing',
    async loot => {
      const kids = [
        '/dev/null',
        '../../../../../dev/null',
        'file:///etc/passwd',
        '__proto__',
        'constructor',
        '\u0000',
        ''
      ]
      kids.push("' OR '1'='1", "x' UNION SELECT 'secret' --", '"; DROP TABLE signing_keys; --', '😀', 'x'.repeat(4000))
      const empty = Buffer.alloc(32)
      const made = kids.map(kid => [loot.forge({ kid }), loot.forge({ kid, alg: 'HS256' }, loot.claims, empty)])
      return Promise.all(made.flat())
    }
  ),
  attack('§3.10', 'a kid that is not text is refused', async ({ forge }) => {
    const kids = [5, null, true, ['x'], { x: 1 }]
    return Promise.all(kids.map(kid => forge({ kid })))
  }),
  attack('§3.10', 'a key in the token is not used: jwk, x5c', async ({ forge, own }) => {
    const jwk = await exportJWK(own.publicKey)
    const der = createPublicKey({ key: jwk as never, format: 'jwk' }).export({ type: 'spki', format: 'der' })
    return Promise.all([
      forge({ jwk }),
      forge({ jwk, kid: 'another' }),
      forge({ jwk: { ...jwk, kid: 'another' }, kid: 'another' }),
      forge({ x5c: [der.toString('base64')] })
    ])
  }),
  must('§3.10', 'a key at a URL in the token is not used, and the URL is never asked: jku, x5u', async (world, t) => {
    const loot = await lootOf(world)
    const jwk = { ...(await exportJWK(loot.own.publicKey)), kid: 'another', alg: 'ES256', use: 'sig' }
    let asked = 0
    const server = createServer((_request, response) => {
      asked += 1
      response.end(JSON.stringify({ keys: [jwk] }))
    }).listen(0, '127.0.0.1')
    t.teardown(() => server.close())
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
    const changes = [{ jku: url }, { x5u: url }, { jku: url, kid: 'another' }, { x5u: url, kid: 'another' }]
    await assertAllRefused(t, loot, await Promise.all(changes.map(change => loot.forge(change))))
    t.equal(asked, 0)
    const genuine = await world.mint(loot.claims, { jku: url })
    t.equal((await world.me(genuine)).status, 200, 'a token of the server with a jku is checked by its signature')
    t.equal(asked, 0)
  }),
  attack('RFC 7515 §4.1.11', 'a critical extension that the server does not know is refused', async loot => {
    const { world, claims, header } = loot
    const name = 'https://example.com/known'
    const raw = [{ crit: ['exp'], exp: 1 }, { crit: ['b64'], b64: false }, { crit: [] }, { crit: 'x' }, { crit: null }]
    return [
      await world.mint(claims, { crit: [name], [name]: true }),
      ...raw.map(change => signText(loot, JSON.stringify({ ...header, ...change }), JSON.stringify(claims)))
    ]
  }),
  attack('§3.11', 'any typ other than at+jwt is refused, and so is a missing one', async ({ world, claims }) => {
    const types = ['JWT', 'jwt', '', 'at+jwt ', 'refresh+jwt', 'application/jwt', 'at', undefined, null, 5, ['at+jwt']]
    return Promise.all(types.map(typ => world.mint(claims, { typ: typ as never })))
  })
]

const contents: Standard['scenarios'] = [
  must('§3.3', 'the server publishes no private key', [
    [
      'routes/well-known.test.ts',
      'The JWKS contains public keys only, with a lifetime and an ETag (RFC 7517 §5, RFC 9110 §8.8.3)'
    ]
  ]),
  attack('§3.8', 'another iss is refused', loot => {
    const { issuer } = loot.world.config
    const wrong = [
      'https://evil.example',
      `${issuer}/`,
      issuer.toUpperCase(),
      `${issuer}.evil.example`,
      '',
      [issuer],
      null
    ]
    return minted(
      loot,
      [...wrong, 5, {}, undefined].map(iss => ({ iss }))
    )
  }),
  attack('§3.9', 'another aud is refused', loot => {
    const { audience } = loot.world.config
    const wrong = ['https://api.example.com', `${audience}/`, '', [], ['https://api.example.com'], [[audience]], null]
    return minted(
      loot,
      [...wrong, 5, {}, undefined].map(aud => ({ aud }))
    )
  }),
  attack('RFC 7519 §4.1.4', 'an exp that is not in the future, or not a number, is refused', loot => {
    const now = Math.floor(loot.world.clock.now().getTime() / 1000)
    return minted(
      loot,
      [now, now - 1, 0, -1, `${now + 60}`, [now + 60], null, {}, undefined].map(exp => ({ exp }))
    )
  }),
  attack('RFC 7519 §4.1.5', 'an nbf that is in the future, or not a number, is refused', loot => {
    const now = Math.floor(loot.world.clock.now().getTime() / 1000)
    return minted(
      loot,
      [now + 60, Number.MAX_SAFE_INTEGER, `${now}`, [now], null, {}].map(nbf => ({ nbf }))
    )
  }),
  attack('RFC 9068 §2.2', 'a token that lacks a claim of access tokens is refused', loot => {
    const names = ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti', 'scope', 'sid']
    return minted(
      loot,
      names.map(name => ({ [name]: undefined }))
    )
  }),
  attack('RFC 9068 §2.2', 'a claim of the wrong type is refused', loot => {
    const texts = ['sub', 'client_id', 'jti', 'scope', 'sid'].flatMap(name =>
      [5, null, true, ['me'], [loot.claims[name]], {}].map(value => ({ [name]: value }))
    )
    return minted(loot, [...texts, { iat: 'now' }, { iat: null }, { iat: [1] }, { sid: '' }, { sid: '__proto__' }])
  }),
  {
    ...attack('§3.8', 'sub, client_id and sid have to belong together', loot =>
      minted(loot, [
        { sub: 'another' },
        { client_id: 'another' },
        { sub: loot.claims.client_id },
        { sid: '01890000-0000-7000-8000-000000000000' },
        // PostgreSQL cannot store NUL, so no query may contain it.
        { sid: '\u0000' }
      ])
    )
  },
  attack('§3.7', 'a header or payload that is not a JSON object in UTF-8 is refused', async loot => {
    const [header, claims] = [JSON.stringify(loot.header), JSON.stringify(loot.claims)]
    const payloads = ['', ' ', 'null', '[]', '5', '"x"', '{', `${claims}x`, `[${claims}]`, '{"__proto__":{"sid":"x"}}']
    const broken = Buffer.from(claims.replace('first-party', 'first-party\u00ff'), 'latin1')
    return [
      ...payloads.map(payload => signText(loot, header, payload)),
      ...payloads.map(text => signText(loot, text, claims)),
      signText(loot, header, broken)
    ]
  })
]

const wire: Standard['scenarios'] = [
  attack('§3.12', 'a refresh token is not an access token', async ({ world }) => [
    (await world.tokens()).refresh_token
  ]),
  must('§3.12', 'an access token is not a refresh token', async (world, t) => {
    const { access_token, refresh_token } = await world.tokens()
    const answer = await world.refresh(access_token)
    t.equal(answer.status, 400)
    t.equal(answer.body.error, 'invalid_grant')
    t.equal((await world.refresh(refresh_token)).status, 200)
  }),
  attack(
    'RFC 7515 §7.1',
    'bytes in front of or behind a token, and any number of parts but three, are refused',
    async ({ token }) => {
      const [header, payload, signature] = token.split('.')
      const behind = ['.', '..', '.x', 'x', 'AAAA', '=', '==', '~', '+', '/', '-', `.${signature}`]
      return [
        ...behind.map(text => `${token}${text}`),
        `.${token}`,
        `x${token}`,
        `~${token}`,
        `${header}.${payload}`,
        `${header}..${signature}`,
        `.${payload}.${signature}`,
        '.',
        '..',
        '...',
        '~',
        'null',
        'undefined'
      ]
    }
  ),
  attack(
    'RFC 6750 §2.1',
    'white space, quotation marks and other characters in the token are a malformed header: 400',
    async ({ token }) => {
      const at = token.indexOf('.')
      const inside = [' ', '\t', '\u00a0', '"', ',', ';', '\u0080', '\\', '=']
      return [...inside.map(text => `${token.slice(0, at)}${text}${token.slice(at)}`), `"${token}"`, `${token}, x`]
    },
    'invalid_request'
  ),
  attack('§3.10', 'a token of nearly the maximum header size is refused', async ({ claims, forge }) => [
    // The parser refuses headers of more than 8 KiB; the next scenario covers that.
    await forge({}, { ...claims, filler: 'x'.repeat(4500) }),
    'x'.repeat(7500),
    '.'.repeat(7500),
    `${'e30.'.repeat(1800)}e30`
  ]),
  decision(
    'RFC 6585 §5',
    'the HTTP parser refuses a token of 100 KB with 431, and the server keeps running',
    async (world, t) => {
      const loot = await lootOf(world)
      // Node.js may close the connection during the request, which loses the answer. This counts as a refusal.
      const status = await world.me('x'.repeat(100_000)).then(
        answer => answer.status,
        error => error.code
      )
      t.ok([431, 'ECONNRESET', 'EPIPE'].includes(status), String(status))
      t.equal((await world.me(loot.token)).status, 200)
    }
  )
]

export const attacks: Standard = {
  name: 'RFC 8725',
  title: 'JSON Web Token Best Current Practices: forged access tokens',
  date: 'February 2020',
  table: 'attacks',
  scenarios: [...algorithms, ...headers, ...contents, ...wire.map(one => ({ ...one, start: startOnSocket }))],
  readings: [
    reading(
      'RFC 4648 §3.5',
      'Is a signature refused when the unused bits of its last character are not zero?',
      'No (the text says MAY): it is the same signature of the same claims, and revocation is by session.'
    ),
    reading(
      'RFC 6585 §5',
      'Is a header over the limit of Node.js a 401 too?',
      'No: the parser answers 431 or closes the connection before there is a request. This counts as a refusal.'
    )
  ]
}
