import { readFileSync } from 'node:fs'
import fc from 'fast-check'

/** The parts of an OpenAPI operation from which requests are generated. */
export interface Operation {
  path: string
  method: string
  contentType: string | undefined
  members: string[]
}

/** A request before it is sent. A text of `$name` stands for a token or name that only the running test knows. */
export interface FuzzCase {
  operation: Operation
  method: string
  url: string
  headers: Record<string, string>
  body: string | undefined
  /** Whether it is sent over a socket instead of `inject`. */
  isOnSocket: boolean
}

interface Media {
  schema: { $ref: string }
}

interface Document {
  paths?: object
  components?: { schemas?: object }
}

/** The operations of an OpenAPI document whose bodies are components. */
export function operationsOf({ paths, components }: Document): Operation[] {
  const shapes = components?.schemas as Record<string, { properties: object }>
  return Object.entries(paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, { requestBody?: { content: Record<string, Media> } }>).map(
      ([method, { requestBody }]) => {
        const [contentType, media] = Object.entries(requestBody?.content ?? {})[0] ?? []
        const shape = shapes[media?.schema.$ref.replace('#/components/schemas/', '') ?? '']
        return {
          path,
          method: method.toUpperCase(),
          contentType,
          members: Object.keys(shape?.properties ?? {})
        }
      }
    )
  )
}

interface Values {
  /** The values that a member takes in a nearly valid request. */
  sound: Record<string, string[]>
  /** The same for members that are no text. */
  soundJson: Record<string, string[]>
  /** Among them tokens without a signature, and with a path as the name of their key. */
  credentials: string[]
  text: string[]
  json: string[]
  body: string[]
}

const values: Values = JSON.parse(readFileSync(new URL('values.json', import.meta.url), 'utf8'))
const from = (lists: Record<string, string[]>): Record<string, fc.Arbitrary<string>> =>
  Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, fc.constantFrom(...list)]))

/** Generators for the values of a member, by its name. */
const sound: Record<string, fc.Arbitrary<string>> = {
  ...from(values.sound),
  username: fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom('$username', '$username', 'alice', 'ALICE', 'mallory') },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 1e9 }).map(n => `n${n}`) }
  ),
  email: fc.integer({ min: 0, max: 1e6 }).map(n => `a${n}@example.com`)
}
const soundJson = from(values.soundJson)

// None of them contains a word that counts as a leak in the answers.
const hostileText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    ...values.text,
    'a'.repeat(1100),
    'é'.repeat(600),
    'a'.repeat(17_000),
    `${'a'.repeat(300)}@example.com`
  )
)

const deep = (open: string, close: string, depth: number) => `${open.repeat(depth)}1${close.repeat(depth)}`

/** JSON texts, including some that JSON.stringify would not write. */
const hostileJson = fc.oneof(
  hostileText.map(text => JSON.stringify(text)),
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(...values.json, deep('[', ']', 100), deep('[', ']', 5000), deep('{"a":', '}', 1000))
)

const hostileBody = fc.oneof(
  hostileText,
  hostileJson,
  fc.constantFrom(...values.body, 'a'.repeat(20_000), '&a=b'.repeat(2000))
)

const rarely = <T>(weight: number, often: fc.Arbitrary<T>, seldom: fc.Arbitrary<T>) =>
  fc.oneof({ weight, arbitrary: often }, { weight: 1, arbitrary: seldom })

function jsonBody(members: string[]): fc.Arbitrary<string> {
  const named = members.map(name => {
    const value = rarely(
      8,
      soundJson[name] ?? (sound[name] ?? hostileText).map(text => JSON.stringify(text)),
      hostileJson
    )
    const isRare = rare.has(name)
    return fc.oneof(
      { weight: isRare ? 1 : 10, arbitrary: value.map(text => `${JSON.stringify(name)}:${text}`) },
      { weight: isRare ? 8 : 1, arbitrary: fc.constant('') }
    )
  })
  const extra = fc.tuple(hostileText, hostileJson).map(([name, value]) => `${JSON.stringify(name)}:${value}`)
  return fc
    .tuple(fc.tuple(...named), rarely(8, fc.constant(''), extra))
    .map(([entries, more]) => `{${[...entries, more].filter(Boolean).join(',')}}`)
}

/**
 * Members that would turn most requests into those of an unknown client, of a login of another kind, or of an
 * administrator.
 */
const rare = new Set(
  `client_id client_secret resource auth_session passkey recovery_code acr_values factor email_code claims actor_token
  actor_token_type audience nonce`.split(/\s+/)
)

function formBody(members: string[]): fc.Arbitrary<string> {
  const encode = (text: string) => encodeURIComponent(Buffer.from(text).toString()).replaceAll('%24', '$')
  const named = members.map(name => {
    const value = rarely(15, (sound[name] ?? hostileText).map(encode), fc.oneof(hostileText, hostileText.map(encode)))
    const isRare = rare.has(name)
    return fc.oneof(
      { weight: isRare ? 1 : 20, arbitrary: value.map(text => `${name}=${text}`) },
      { weight: isRare ? 8 : 1, arbitrary: fc.constant('') }
    )
  })
  return fc.tuple(...named).map(entries => entries.filter(Boolean).join('&'))
}

const authorization = fc.oneof(
  { weight: 12, arbitrary: fc.constant('Bearer $access') },
  { weight: 3, arbitrary: fc.constant('DPoP $bound') },
  { weight: 2, arbitrary: fc.constantFrom('Bearer $refresh', 'Bearer $clientAccess', 'Basic $basic') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.constantFrom('Bearer', 'bearer', 'DPoP', 'Basic', 'Digest'),
        fc.constantFrom('', ' ', '  '),
        fc.constantFrom(...values.credentials)
      )
      .map(parts => parts.join(''))
  },
  { weight: 1, arbitrary: hostileText }
)

const partOf = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const jwk = fc.record(
  {
    kty: fc.constantFrom('EC', 'OKP', 'RSA', 'oct'),
    crv: fc.constantFrom('P-256', 'Ed25519', 'secp256k1'),
    x: hostileText,
    y: hostileText,
    n: hostileText,
    e: fc.constantFrom('AQAB', 'Aw', ''),
    d: hostileText
  },
  { requiredKeys: ['kty'] }
)

/** Headers of proofs (RFC 9449): `$proof` is a right one for the request, and `$usedProof` that of an earlier one. */
const proofs = fc.oneof(
  { weight: 6, arbitrary: fc.constant('$proof') },
  { weight: 2, arbitrary: fc.constantFrom('$usedProof', '$proof, $proof', '$proof.', '$access', '.', 'a.b.c') },
  {
    weight: 2,
    arbitrary: fc
      .tuple(
        fc.record({
          typ: fc.constantFrom('dpop+jwt', 'JWT'),
          alg: rarely(4, fc.constantFrom('ES256', 'Ed25519', 'EdDSA', 'RS256'), fc.jsonValue()),
          jwk: rarely<unknown>(3, jwk, fc.jsonValue())
        }),
        fc.dictionary(fc.constantFrom('htm', 'htu', 'iat', 'jti', 'nonce', 'ath'), fc.jsonValue())
      )
      .map(parts => [...parts.map(partOf), 'AAAA'].join('.'))
  },
  { weight: 1, arbitrary: hostileText }
)

const contentTypes = fc
  .tuple(
    fc.constantFrom('application/json', 'APPLICATION/JSON', 'application/x-www-form-urlencoded', 'text/xml', ''),
    fc.constantFrom('', ';', '; charset=utf-16', '; charset=latin1', '; boundary=a', '/')
  )
  .map(parts => parts.join(''))

const extraHeader = fc.oneof(
  fc.tuple(
    fc.constantFrom(
      ...'x-forwarded-for x-forwarded-host x-forwarded-proto forwarded origin user-agent accept accept-encoding'.split(
        ' '
      ),
      ...'if-none-match range cookie content-encoding x-http-method-override access-control-request-method'.split(' '),
      ...['x-request-id', 'accept-version']
    ),
    hostileText
  ),
  fc.constantFrom(['content-encoding', 'gzip'], ['if-none-match', '*'], ['origin', 'null'], ['accept-version', '1.x'])
)

/** Values that an HTTP header can contain (RFC 9110 §5.5): a parser rejects all others. */
const headerText = (text: string) =>
  text
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
    .slice(0, 2000)
    .trim()
const urlText = (text: string) => text.replace(/[^!-~]/g, '').slice(0, 2000)

/** Requests to `operations`: most are nearly valid, and each part of any request is sometimes hostile. */
export function fuzzCases(operations: Operation[]): fc.Arbitrary<FuzzCase> {
  return fc.constantFrom(...operations).chain(operation => {
    const body = operation.contentType?.includes('json')
      ? jsonBody(operation.members)
      : operation.contentType
        ? formBody(operation.members)
        : fc.constant(undefined)
    const id = rarely(
      3,
      fc.constantFrom('$session', '$factor', '$tokenId', '01890000-0000-7000-8000-000000000000'),
      hostileText
    )
    const query = rarely(
      9,
      fc.constant(''),
      fc.oneof(
        fc.constantFrom('?all=true', '?all=maybe', '?all=true&all=false', '?all[]=1', '?__proto__[a]=1', '?a=%', '?'),
        hostileText.map(text => `?all=${text}`)
      )
    )
    return fc.record({
      operation: fc.constant(operation),
      method: rarely(
        30,
        fc.constant(operation.method),
        fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS')
      ),
      url: fc
        .tuple(id, query, rarely(30, fc.constant(''), hostileText))
        .map(([value, search, tail]) =>
          urlText(`${operation.path.replace(/\{\w+\}/g, urlText(value))}${tail}${search}`)
        ),
      headers: fc
        .record({
          authorization: rarely(6, authorization, fc.constant('')),
          type: rarely(15, fc.constant(operation.contentType ?? ''), contentTypes),
          proof: rarely(4, fc.constant(undefined), proofs),
          extra: rarely(4, fc.constant(undefined), extraHeader)
        })
        .map(({ authorization, type, proof, extra }) => {
          const isOAuth = operation.contentType?.includes('form')
          const headers: Record<string, string> = {}
          // A bearer token at /token is a failed client authentication.
          if (authorization && (!isOAuth || !/^(Bearer|DPoP) \$(access|bound)/.test(authorization)))
            headers.authorization = headerText(authorization)
          if (type) headers['content-type'] = type
          const dpop = proof ?? (authorization === 'DPoP $bound' ? '$proof' : undefined)
          if (dpop) headers.dpop = headerText(dpop)
          if (extra) headers[extra[0] as string] = headerText(extra[1] as string)
          return headers
        }),
      body: rarely<string | undefined>(12, body, hostileBody),
      isOnSocket: fc.boolean()
    })
  })
}
