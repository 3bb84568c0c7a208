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
  words: 'printable ASCII without spaces, such as orders:read'
}

/** Every setting: its type, bounds, default and purpose. The environment variable is the name in UPPER_CASE. */
export const ConfigSchema = Type.Object({
  host: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'Address to listen on',
    expected: 'an IP address or a host name'
  }),
  port: Type.Integer({ minimum: 0, maximum: 65535, default: 3000, description: 'Port to listen on' }),
  databaseUrl: Type.String({
    // Other programs use two slashes after `sqlite:`. Here they would name a file in the root folder.
    pattern: '^(sqlite:(?!//)\\S.*|postgres(ql)?://.+)$',
    default: 'sqlite:data/sallyport.db',
    description: '`sqlite:path`, `sqlite::memory:` or `postgres://user:password@host/database`',
    expected: 'sqlite:path, sqlite::memory: or postgres://user:password@host/database'
  }),
  migrationDatabaseUrl: Type.Optional(
    Type.String({
      pattern: '^postgres(ql)?://.+$',
      description: 'Address of PostgreSQL itself for migrations, if `DATABASE_URL` goes through a connection pooler',
      expected: 'postgres://user:password@host/database'
    })
  ),
  secret: Type.String({
    minLength: 32,
    expected: '32 or more characters',
    description:
      'Encrypts the signing keys and signs refresh tokens; created beside the SQLite file, required with PostgreSQL'
  }),
  secondSecret: Type.Optional(
    Type.String({
      minLength: 32,
      expected: '32 or more characters',
      description:
        'A second secret while `SECRET` changes: what was made with it is accepted, and nothing new is made with it'
    })
  ),
  issuer: Type.String({
    pattern: '^https?://[^?#\\s]*[^/?#\\s]$',
    description: 'Public URL of this server and `iss` of every token, without query, fragment or trailing slash',
    expected: 'an http or https URL without query, fragment, username or trailing slash'
  }),
  audience: Type.String({
    pattern: '^(?!urn:sallyport:).',
    description: 'A second `aud`, beside the issuer, of tokens that are requested without `resource`',
    expected: 'a non-empty string that does not begin with urn:sallyport:'
  }),
  resources: list(
    'Your APIs and the scopes that each knows, such as `https://api.example.com orders:read orders:write`; a token request names one as `resource` (RFC 8707)',
    'an absolute URI without fragment and not below urn:sallyport:, followed by its scopes, all separated by spaces',
    '^(?!urn:sallyport:)[A-Za-z][A-Za-z0-9+.-]*:[^#\\s]+( [\\x21\\x23-\\x5b\\x5d-\\x7e]+)+$'
  ),
  signingAlg: Type.Union([Type.Literal('ES256'), Type.Literal('RS256'), Type.Literal('EdDSA')], {
    default: 'ES256',
    description: 'Algorithm of new signing keys'
  }),
  keyRotation: seconds('Age at which a signing key is replaced; 0 disables rotation', 7_776_000, 0),
  jwksMaxAge: seconds(
    'How long clients may cache the JWKS; a new key is published for 20 seconds more before it signs',
    300,
    0
  ),
  accessTokenTtl: seconds('Lifetime of an access token', 600),
  refreshTokenTtl: seconds('Time without a refresh after which a login ends', 1_209_600),
  sessionTtl: seconds('Maximum lifetime of a login', 7_776_000),
  refreshGrace: seconds('How long a client that lost a response may retry with the previous refresh token', 30, 0),
  maxSessionsPerUser: Type.Integer({
    minimum: 1,
    maximum: 1000,
    default: 100,
    description: 'Logins that a user may have at a time; the next one ends the oldest'
  }),
  bcryptCost: Type.Integer({
    minimum: 4,
    maximum: 16,
    default: 12,
    description: 'bcrypt cost of new hashes; use 10 or more in production'
  }),
  hashConcurrency: Type.Integer({
    minimum: 1,
    maximum: 128,
    default: availableParallelism(),
    description: 'Passwords hashed at the same time'
  }),
  hashQueue: Type.Integer({
    minimum: 0,
    maximum: 10_000,
    default: 32,
    description: 'Passwords that may wait to be hashed; further requests get 503'
  }),
  hashMaxWait: seconds('Longest wait of a password to be hashed; then the request gets 503', 5),
  passwordMinLength: Type.Integer({
    minimum: 8,
    maximum: 64,
    default: 15,
    description: 'Minimum length of a new password (characters)'
  }),
  secondFactor: Type.Union([Type.Literal('off'), Type.Literal('optional'), Type.Literal('required')], {
    default: 'optional',
    description:
      'Whether accounts may have a second factor (authenticator app, passkey), or must: with `required`, a login without one can only enrol one'
  }),
  adminSecondFactor: Type.Union([Type.Literal('optional'), Type.Literal('required')], {
    default: 'optional',
    description: 'The same for accounts with a scope that administers this server; use `required` in production'
  }),
  rpId: Type.Optional(
    Type.String({
      pattern:
        '^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)*(localhost|[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.[a-z][a-z0-9-]*[a-z0-9])$',
      description:
        'Domain that the passkeys belong to (WebAuthn RP ID), without scheme and port, such as `example.com`; it cannot change later, and when unset, passkeys are off',
      expected: 'a domain name in lower case, such as example.com, or localhost'
    })
  ),
  rpOrigins: list(
    'Origins whose pages may use the passkeys, and `android:apk-key-hash:` origins of apps that `ANDROID_APPS` does not list; origins outside `RP_ID` work where `/.well-known/webauthn` is served at `RP_ID`',
    'an origin such as https://app.example.com or http://localhost:5173, or android:apk-key-hash: and a SHA-256 hash in base64url',
    '^(https://[a-z0-9.-]+(:\\d+)?|http://([a-z0-9-]+\\.)*localhost(:\\d+)?|android:apk-key-hash:[\\w-]{43})$'
  ),
  androidApps: list(
    'Android apps that may use the passkeys, for `/.well-known/assetlinks.json`: package name and SHA-256 fingerprints of its certificates',
    'a package name followed by fingerprints such as 14:6D:E9:…, all separated by spaces',
    '^[A-Za-z]\\w*(\\.[A-Za-z]\\w*)+( [0-9A-F]{2}(:[0-9A-F]{2}){31})+$'
  ),
  appleApps: list(
    'Apple apps that may use the passkeys, for `/.well-known/apple-app-site-association`',
    'a team id and a bundle id, such as A1B2C3D4E5.com.example.app',
    '^[A-Z0-9]{10}(\\.[A-Za-z0-9-]+)+$'
  ),
  registration: Type.Union([Type.Literal('open'), Type.Literal('closed')], {
    default: 'open',
    description: 'Whether anyone may register with `POST /users`'
  }),
  console: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether the server has the web console at `/console/`'
  }),
  docs: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether the server describes its API at `/docs` and `/openapi.json`'
  }),
  setupLink: Type.Union([Type.Literal('terminal'), Type.Literal('log')], {
    default: 'terminal',
    description:
      'Where a start without accounts shows the link that makes the first administrator: `terminal` prints it if the output is a terminal; `log` also writes it to a log that is no terminal, at level `info`'
  }),
  scopes: list(
    'Scopes of your APIs to list in the metadata and on `/docs`; others can be granted too',
    scopeToken.words,
    scopeToken.pattern
  ),
  defaultScopes: list('Scopes of a new account', scopeToken.words, scopeToken.pattern, ['me']),
  registrationLimit: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 300,
    description:
      'Registrations per hour from one address prefix (IPv4 /24, IPv6 /64); ten times as many from all prefixes that have registered in the last hour, and ten times as many from all others; further ones get 429'
  }),
  loginLimit: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 300,
    description:
      'Right passwords and passkeys per hour for one account, from all address prefixes together; further ones get 429'
  }),
  refreshLimit: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 600,
    description: 'Refreshes per hour of one login in each process; further ones get 429, and lose nothing'
  }),
  firstPartyClient: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether `/token` accepts requests that name no client'
  }),
  trustProxy: list('Proxies whose X-Forwarded-For is trusted', 'an IP address or a CIDR range such as 10.0.0.0/8'),
  corsOrigins: list(
    'Origins whose web pages may call the API',
    'an origin such as https://app.example.com, or *',
    '^(https?://[^/\\s]+|\\*)$'
  ),
  smtpUrl: Type.Optional(
    Type.String({
      pattern: '^smtps?://[^\\s/?#]\\S*$',
      description:
        'Mail server, `smtps://user:password@host`; when unset, nothing is sent, and a loopback issuer logs messages',
      expected: 'smtp://host:port or smtps://user:password@host, with special characters percent-encoded'
    })
  ),
  mailFrom: Type.String({
    pattern: '^([^<>"\\r\\n]*<[^\\s<>@]+@[^\\s<>@]+>|[^\\s<>@]+@[^\\s<>@]+)$',
    description: 'Sender of messages; the mail server must accept it',
    expected: 'an e-mail address, or Name <address>'
  }),
  loginNotice: Type.Union([Type.Literal('on'), Type.Literal('off')], {
    default: 'on',
    description: 'Whether a login from a new address prefix is reported to the verified e-mail address'
  }),
  insecure: Type.Union([Type.Literal('refuse'), Type.Literal('allow')], {
    default: 'refuse',
    description:
      'Whether a server with `NODE_ENV=production` starts with an http `ISSUER` of another machine, `METRICS_HOST` 0.0.0.0, or `CORS_ORIGINS` *; any other server warns unless `allow` is set'
  }),
  auditUnknownNames: Type.Union([Type.Literal('hash'), Type.Literal('name')], {
    default: 'hash',
    description:
      'How the event of a failed login has a name that no account has: as a hash with a key from `SECRET`, or as it was typed, which may be a password in the wrong field'
  }),
  auditRetention: seconds('Age at which events of the audit trail are deleted; 0 keeps them', 31_536_000, 0),
  workers: Type.Integer({
    minimum: 1,
    maximum: 64,
    default: 1,
    description: 'Server processes behind one listener; no more than the number of cores'
  }),
  maxConnections: Type.Integer({
    minimum: 1,
    maximum: 1_000_000,
    default: 10_000,
    description: 'Maximum number of open connections; further ones are closed'
  }),
  drainDelay: Type.Integer({
    minimum: 0,
    maximum: 8,
    default: 3,
    description: 'How long the server accepts connections after SIGTERM, while `/readyz` answers 503 (seconds)'
  }),
  databaseWait: seconds('How long the server waits for PostgreSQL when it starts', 30, 0),
  metricsPort: Type.Integer({
    minimum: 0,
    maximum: 65535,
    default: 0,
    description: 'Port of a separate listener for Prometheus metrics; 0 disables it'
  }),
  metricsHost: Type.String({
    minLength: 1,
    default: '127.0.0.1',
    description: 'Address of the metrics listener',
    expected: 'an IP address or a host name'
  }),
  otelExporterOtlpEndpoint: Type.Optional(
    Type.String({
      pattern: '^https?://\\S+$',
      description: 'OTLP/HTTP endpoint for traces, such as `http://127.0.0.1:4318`; when unset, tracing is off',
      expected: 'an http or https URL'
    })
  ),
  logLevel: Type.Union(
    ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'].map(level => Type.Literal(level)),
    { default: 'info', description: 'Minimum log level' }
  )
})

/** The checked settings; times are in seconds. */
export type Config = Static<typeof ConfigSchema>

/** The environment variable of a setting: `accessTokenTtl` is `ACCESS_TOKEN_TTL`. */
export const envName = (setting: string) => setting.replace(/[A-Z]/g, letter => `_${letter}`).toUpperCase()

/** Describes the values that a setting accepts; with `isMember`, as a member of an object. */
export function expectation(schema: TSchema, isMember = false): string {
  if (schema.type === 'array') return `${isMember ? 'an array' : 'a comma-separated list'}, each ${schema.each}`
  if (schema.anyOf) return `one of ${schema.anyOf.map((option: TSchema) => option.const).join(', ')}`
  if (schema.type === 'integer') return `a whole number from ${schema.minimum} to ${schema.maximum}`
  return schema.expected
}
