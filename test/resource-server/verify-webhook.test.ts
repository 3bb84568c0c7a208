import { sign } from 'node:crypto'
import t, { type Test } from 'tap'
import { createSealKey, jwkOf } from '../../src/auth/audit/seal-key.ts'
import { newWebhookSecret, signedHeaders } from '../../src/auth/webhooks/signature.ts'
import { verifyWebhook, type WebhookOptions } from '../../src/verifier.ts'
import { createClock } from '../support/clocks.ts'
import { startServer } from '../support/server.ts'

const [oldKey, newKey] = ['old', 'new'].map(name => createSealKey(`the ${name} secret of the tests, 32 bytes`))
const secret = newWebhookSecret()
const id = 'evt_17_1769860800000'
const data = { actor: 'u', subject: 'u', client_id: null }
const event = { id, type: 'user.created', timestamp: '2026-01-31T12:00:00.000Z', seal: 5, data }

type Key = ReturnType<typeof createSealKey> | undefined

/** A message as the server sends it now, signed by `key` and by the secret. */
function messageOf(at: Date, key: Key = oldKey, body = JSON.stringify(event)) {
  const signer = (text: string) => sign(null, Buffer.from(text), String(key?.privateKey.export(pem))).toString('base64')
  return { headers: signedHeaders({ id, at, body }, { sign: signer, secret }), body }
}
const pem = { format: 'pem', type: 'pkcs8' } as const

let issuers = 0

/**
 * An issuer of its own with these keys, which `answer` replaces: by others, or by an error. `asked` returns the URLs of
 * the requests since it was called last.
 */
function createIssuer(t: Test, ...keys: Key[]) {
  let published: Key[] | (() => Response) = keys
  const issuer = `https://issuer-${++issuers}.example.com/auth`
  const fetches = t.capture(globalThis, 'fetch', async () =>
    Array.isArray(published)
      ? Response.json({ keys: [{ kty: 'RSA' }, ...published.map(key => jwkOf(String(key?.publicKey)))] })
      : published()
  )
  const clock = createClock()
  return {
    clock,
    options: { issuer, now: clock.now },
    asked: () => fetches().map(({ args }) => String((args as unknown[])[0])),
    answer: (others: Key[] | (() => Response)) => {
      published = others
    },
    url: `${issuer}/events/jwks.json`
  }
}

type Message = Parameters<typeof verifyWebhook>[0]

/** The event type, or the code of the refusal. */
const outcome = (message: Message, options: WebhookOptions) =>
  verifyWebhook(message, options).then(
    ({ type }) => type,
    error => (error.name === 'WebhookError' ? `${error.statusCode} ${error.code}` : String(error))
  )

const accepted = 'user.created'

t.test('A message is verified by the public keys of the server, or by the secret without a request', async t => {
  const { clock, options, asked, url } = createIssuer(t, oldKey)
  const message = messageOf(clock.now())
  t.strictSame(await verifyWebhook(message, { secret, now: clock.now }), event)
  t.strictSame(asked(), [])
  t.strictSame(await verifyWebhook(message, options), event)
  t.strictSame(await verifyWebhook({ ...message, body: Buffer.from(message.body) }, options), event)
  t.strictSame(asked(), [url], 'the keys are fetched once')
  const lost = messageOf(clock.now(), oldKey, JSON.stringify({ ...event, lost: 3, type: 'Ü' }))
  t.match(await verifyWebhook(lost, options), { lost: 3, type: 'Ü' })
})

t.test('The keys of a running server verify', async t => {
  const { app, url, config } = await startServer(t)
  const message = messageOf(new Date(), createSealKey(config.secret))
  t.equal(await outcome(message, { issuer: url }), accepted)
  t.equal(await outcome(message, { issuer: `${url}/` }), accepted)
  await app.close()
})

t.test('Whatever is missing, repeated, old or changed is refused, by either kind', async t => {
  const { clock, options } = createIssuer(t, oldKey)
  const { headers, body } = messageOf(clock.now())
  const { 'webhook-signature': given = '', 'webhook-timestamp': now = '' } = headers
  const [v1a = '', v1 = ''] = given.split(' ')
  const signed = (signature: string) => ({ 'webhook-signature': signature })
  const unmatched = '400 no_matching_signature'
  const wrong = Buffer.alloc(64).toString('base64')
  const both = (first: string) => `${first} ${given}`
  const scenarios: [name: string, expected: string, headers?: Record<string, unknown>, body?: string][] = [
    ['unchanged', accepted],
    ['names in other letters', accepted, { 'webhook-id': undefined, 'Webhook-Id': id }],
    ['no id', '400 missing_header', { 'webhook-id': undefined }],
    ['an empty time', '400 missing_header', { 'webhook-timestamp': '' }],
    ['no signature', '400 missing_header', { 'webhook-signature': undefined }],
    ['two ids', '400 repeated_header', { 'webhook-id': [id, id] }],
    ['two ids, joined by Node.js', '400 repeated_header', { 'webhook-id': `${id}, ${id}` }],
    ['an id in two spellings', '400 repeated_header', { 'Webhook-Id': id }],
    ['two times', '400 repeated_header', { 'webhook-timestamp': `${now}, ${now}` }],
    ['two headers with signatures', '400 repeated_header', signed(`${v1a}, ${v1}`)],
    ['a time that is no number', '400 invalid_timestamp', { 'webhook-timestamp': 'now' }],
    ['a time with a sign', '400 invalid_timestamp', { 'webhook-timestamp': `+${now}` }],
    ['a time beyond all numbers', '400 invalid_timestamp', { 'webhook-timestamp': '9'.repeat(400) }],
    ['another time', unmatched, { 'webhook-timestamp': String(Number(now) + 1) }],
    ['another id', unmatched, { 'webhook-id': 'evt_18_1769860800000' }],
    ['another body', unmatched, {}, `${body} `],
    ['no body', unmatched, {}, ''],
    ['a blank between the signatures alone', unmatched, signed(' ')],
    ['no signature with a version', unmatched, signed(given.replaceAll(/v1a?,/g, ''))],
    ['nothing after the version', unmatched, signed('v1a,')],
    ['short signatures', unmatched, signed('v1a,AAAA v1,AAAA')],
    [
      'signatures under the name of the other',
      unmatched,
      signed(`${v1a.replace('v1a', 'v1')} ${v1.replace('v1', 'v1a')}`)
    ],
    ['an unknown version', accepted, signed(both('v2,AAAA v1ab,x nonsense'))],
    ['a wrong one before the right one', accepted, signed(both(`v1a,${wrong} v1,${wrong}`))],
    ['nine wrong ones before it', accepted, signed(both(`v1a,${wrong} v1,${wrong} `.repeat(9).trim()))],
    ['more than ten', unmatched, signed(both(`v1a,${wrong} v1,${wrong} `.repeat(10).trim()))]
  ]
  for (const [name, expected, more = {}, changed = body] of scenarios) {
    const message = { headers: { ...headers, ...more }, body: changed } as Message
    for (const kind of [options, { secret, now: clock.now }])
      t.equal(await outcome(message, kind), expected, `${name}, ${Object.keys(kind)[0]}`)
  }
})

t.test('The time may be five minutes off either way', async t => {
  const { clock, options } = createIssuer(t, oldKey)
  const message = messageOf(clock.now())
  for (const [seconds, expected] of [
    [-301, '400 invalid_timestamp'],
    [-300, accepted],
    [300, accepted],
    [301, '400 invalid_timestamp']
  ] as const) {
    const now = () => new Date(clock.now().getTime() + seconds * 1000)
    t.equal(await outcome(message, { ...options, now }), expected, `${seconds} s`)
    t.equal(await outcome(message, { secret, now }), expected, `${seconds} s`)
  }
})

t.test('A signed body that is not the event with this id is refused', async t => {
  const { clock, options } = createIssuer(t, oldKey)
  for (const body of ['', '{', 'null', '5', '[]', JSON.stringify({ ...event, id: 'evt_18_1769860800000' })])
    for (const kind of [options, { secret, now: clock.now }])
      t.equal(await outcome(messageOf(clock.now(), oldKey, body), kind), '400 invalid_body', body)
})

t.test('Another secret or key does not match', async t => {
  const { clock, options } = createIssuer(t, newKey)
  t.equal(await outcome(messageOf(clock.now()), options), '400 no_matching_signature')
  const others = { secret: newWebhookSecret(), now: clock.now }
  t.equal(await outcome(messageOf(clock.now()), others), '400 no_matching_signature')
})

t.test('A new key is found when no known one fits, with a request in 30 seconds', async t => {
  const { clock, options, asked, answer, url } = createIssuer(t, oldKey)
  const outcomeNow = (key: Key) => outcome(messageOf(clock.now(), key), options)
  t.equal(await outcomeNow(oldKey), accepted)
  answer([newKey, oldKey])
  clock.advance(29)
  t.equal(await outcomeNow(newKey), '400 no_matching_signature')
  t.strictSame(asked(), [url])
  clock.advance(1)
  t.strictSame(await Promise.all([outcomeNow(newKey), outcomeNow(newKey), outcomeNow(oldKey)]), Array(3).fill(accepted))
  t.strictSame(asked(), [url], 'concurrent ones share a request')
  t.strictSame([await outcomeNow(oldKey), await outcomeNow(newKey), asked().length], [accepted, accepted, 0])
  answer([newKey])
  clock.advance(300)
  t.equal(await outcomeNow(oldKey), '400 no_matching_signature', 'a former key ends with the life of the keys')
  t.strictSame(asked(), [url])
})

t.test('A signature that cannot be one fetches no keys', async t => {
  const { clock, options, asked } = createIssuer(t, oldKey)
  const { headers, body } = messageOf(clock.now())
  const [, v1 = ''] = String(headers['webhook-signature']).split(' ')
  t.equal(
    await outcome({ headers: { ...headers, 'webhook-signature': v1 }, body }, options),
    '400 no_matching_signature'
  )
  t.strictSame(asked(), [])
})

t.test('503 while the keys cannot be fetched, without a request for each message', async t => {
  for (const failing of [
    () => new Response('', { status: 500 }),
    () => new Response(null, { status: 302, headers: { location: '/' } }),
    () => new Response('x'),
    () => Response.json({}),
    () => Response.json({ keys: [{ kty: 'OKP', crv: 'Ed25519', x: 'AA' }] })
  ]) {
    const { clock, options, asked, answer } = createIssuer(t, oldKey)
    answer(failing)
    const outcomeNow = (key: Key = oldKey) => outcome(messageOf(clock.now(), key), options)
    t.strictSame([await outcomeNow(), await outcomeNow()], Array(2).fill('503 keys_unavailable'))
    t.equal(asked().length, 1)
    answer([oldKey])
    clock.advance(1)
    t.equal(await outcomeNow(), accepted)
    answer(failing)
    clock.advance(30)
    t.strictSame([await outcomeNow(newKey), await outcomeNow()], ['503 keys_unavailable', accepted])
    clock.advance(300)
    t.equal(await outcomeNow(), '503 keys_unavailable', 'old keys are not used')
  }
})

t.test('Wrong options are an Error that is not about the message', async t => {
  const message = messageOf(new Date())
  const rejects = (options: object, text: RegExp, { body }: { body: unknown } = message) =>
    t.rejects(verifyWebhook({ ...message, body } as Message, options as WebhookOptions), {
      name: 'Error',
      message: text
    })
  for (const issuer of ['http://auth.example.com', 'https://a@b.example', 'ftp://x', 'http://127.evil.example', ''])
    await rejects({ issuer }, /needs issuer/)
  for (const secret of ['', 'whsec_', 'whsec_AAAA', 'x']) await rejects({ secret }, /needs issuer/)
  await rejects({}, /needs issuer/)
  await rejects({ issuer: 'https://auth.example.com', secret }, /needs issuer/)
  await rejects({ secret }, /raw body/, { body: event })
})
