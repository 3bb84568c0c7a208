import { availableParallelism } from 'node:os'
import { type Static, type TSchema, Type } from '@sinclair/typebox'

const seconds = (description: string, value: number, minimum = 1) =>
  Type.Integer({ minimum, maximum: 315_360_000, default: value, description: `${description} (seconds)` })

const list = (description: string, each: string, pattern?: string, value: string[] = []) =>
  Type.Array(Type.String(pattern ? { pattern } : {}), {
    default: value,
    description: `${description} (comma-separated)`,
    each
  })

/** A scope-token of RFC 6749 §3.3. */
const scopeToken = {
  pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$',
  words: 'a name of printable ASCII without blanks, such as orders:read'
}

/** Every setting: its type, bounds, default and purpose. The environment variable is the name in UPPER_CASE. */
export const ConfigSchema = Type.Object({
  host: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'Address to listen on',
    expected: 'an address or a host name'
  }),
  port: Type.Integer({ minimum: 0, maximum: 65535, default: 3000, description: 'Port to listen on' }),
  databaseUrl: Type.String({
    // Other programs use two slashes after `sqlite:`. Here they would name a file in the root folder.
    pattern: '^(sqlite:(?!//)\\S.*|postgres(ql)?://.+)$',
    default: 'sqlite:data/sallyport.db',
    description: '`sqlite:path`, `sqlite::memory:` or `postgres://user:password@host/database`',
    expected: 'sqlite:path, sqlite::memory: or postgres://user:password@host/database'
  }),
  secret: Type.String({
    minLength: 32,
    expected: '32 or more characters',
    description:
      'Seals the signing keys and signs refresh tokens; made once beside the SQLite file, required with PostgreSQL'
  }),
  issuer: Type.String({
    pattern: '^https?://[^?#\\s]*[^/?#\\s]$',
    description: 'Public URL of this server, the `iss` of every token; no query, fragment or slash at the end',
    expected: 'an http or https URL without query, fragment, user name or slash at the end'
  }),
  audience: Type.String({ minLength: 1, description: 'The `aud` of access tokens', expected: 'some text' }),
  signingAlg: Type.Union([Type.Literal('ES256'), Type.Literal('RS256'), Type.Literal('EdDSA')], {
    default: 'ES256',
    description: 'Algorithm of new signing keys'
  }),
  keyRotation: seconds('Age at which a signing key is replaced; 0 never', 7_776_000, 0),
  jwksMaxAge: seconds(
    'How long others may cache the JWKS, and how long a new key is published before it signs',
    300,
    0
  ),
  accessTokenTtl: seconds('Life of an access token', 600),
  refreshTokenTtl: seconds('A login ends after this long without a refresh', 1_209_600),
  sessionTtl: seconds('A login ends after this long, whatever happens', 7_776_000),
  refreshGrace: seconds('How long a client that lost the answer may retry with the previous refresh token', 30, 0),
  bcryptCost: Type.Integer({
    minimum: 4,
    maximum: 16,
    default: 12,
    description: 'bcrypt cost of new hashes, 10 or more in production'
  }),
  hashConcurrency: Type.Integer({
    minimum: 1,
    maximum: 128,
    default: availableParallelism(),
    description: 'Passwords hashed at the same time; the number of cores by default'
  }),
  hashQueue: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 32,
    description: 'Passwords that may wait for a hash before 503'
  }),
  hashMaxWait: seconds('Longest wait for a hash before 503', 5),
  passwordMinLength: Type.Integer({
    minimum: 8,
    maximum: 64,
    default: 15,
    description: 'Shortest new password, in characters'
  }),
  registration: Type.Union([Type.Literal('open'), Type.Literal('closed')], {
    default: 'open',
    description: 'Whether anyone may `POST /users`'
  }),
  scopes: list(
    'Scopes of your own APIs, for the metadata and the page /docs to name; any can be granted',
    scopeToken.words,
    scopeToken.pattern
  ),
  defaultScopes: list('Scopes of a new account', scopeToken.words, scopeToken.pattern, ['me']),
  registrationLimit: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 300,
    description: 'Registrations an hour from one address prefix (IPv4 /24, IPv6 /64) before 429'
  }),
  firstPartyClient: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether `/token` serves requests that name no client'
  }),
  trustProxy: list(
    'Addresses or CIDR ranges of the proxies whose X-Forwarded-For is believed',
    'an address or a CIDR range such as 10.0.0.0/8'
  ),
  corsOrigins: list(
    'Origins whose pages may call the API',
    'an origin such as https://app.example.com, or *',
    '^(https?://[^/\\s]+|\\*)$'
  ),
  smtpUrl: Type.Optional(
    Type.String({
      pattern: '^smtps?://[^\\s/?#]\\S*$',
      description: 'Mail server, `smtps://user:password@host`; without it messages are written to the log',
      expected: 'smtp://host:port or smtps://user:password@host, with % codes for anything but letters and digits'
    })
  ),
  mailFrom: Type.String({
    pattern: '^([^<>"\\r\\n]*<[^\\s<>@]+@[^\\s<>@]+>|[^\\s<>@]+@[^\\s<>@]+)$',
    description: 'Sender of messages; the mail server has to let this server use the address',
    expected: 'an address, or Name <address>'
  }),
  auditRetention: seconds('Age at which events of the audit trail are deleted; 0 never', 31_536_000, 0),
  workers: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description: 'Processes that serve behind one listener; no more than there are cores'
  }),
  maxConnections: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 10_000,
    description: 'Connections at the same time; more are closed at once'
  }),
  drainDelay: Type.Integer({
    minimum: 0,
    maximum: 8,
    default: 3,
    description: 'How long after SIGTERM new connections are still served while `/readyz` answers 503 (seconds)'
  }),
  databaseWait: seconds('How long the start waits for PostgreSQL', 30, 0),
  metricsPort: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 0,
    description: 'Port of the Prometheus metrics, on a listener of their own; 0 is off'
  }),
  metricsHost: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'Address that the metrics listen on',
    expected: 'an address or a host name'
  }),
  otelExporterOtlpEndpoint: Type.Optional(
    Type.String({
      pattern: '^https?://\\S+$',
      description:
        'OTLP/HTTP endpoint that traces are sent to, such as `http://127.0.0.1:4318`; none are made when unset',
      expected: 'an http or https URL'
    })
  ),
  logLevel: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map(level => Type.Literal(level)),
    { default: 'info', description: 'Lowest level that is logged' }
  )
})

/** The checked settings; times are in seconds. */
export type Config = Static<typeof ConfigSchema>

/** The environment variable of a setting: `accessTokenTtl` is `ACCESS_TOKEN_TTL`. */
export const envName = (setting: string) => setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()

/** The values that a setting accepts, in words; with `isMember`, as the member of an object. */
export function expectation(schema: TSchema, isMember = false): string {
  if (schema.type === 'array') return `${isMember ? 'an array' : 'a comma-separated list'}, each ${schema.each}`
  if (schema.anyOf) return `one of ${schema.anyOf.map((option: TSchema) => option.const).join(', ')}`
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`
  return schema.expected
}
