import { type Static, type TInteger, type TSchema, type TString, Type } from '@sinclair/typebox'
import { type OAuthErrorCode, oauthErrorCodes, type ProblemCode, problemCodes } from '../src/base/errors.ts'

/** A reference to one of `shapes`, with its type. */
export const ref = <T extends TSchema>(shape: T, options: { description?: string; headers?: object } = {}) =>
  Type.Unsafe<Static<T>>({ $ref: `${shape.$id}#`, ...options })

/** A JSON object with members of any name. */
export const object = (title: string, options: { description: string; examples: object[] }) =>
  Type.Unsafe<Record<string, unknown>>({ type: 'object', title, ...options, additionalProperties: true })

/** A merge patch (RFC 7396) of the object `shape`. */
export const patchOf = (shape: TSchema) =>
  Type.Optional(
    Type.Unsafe<Record<string, unknown> | null>({
      type: ['object', 'null'],
      title: `${shape.title}Patch`,
      description: 'A merge patch: `null` removes a member, and `null` for the whole removes all of them',
      additionalProperties: true,
      examples: shape.examples
    })
  )

/** The media types of a PATCH, which is a merge patch under either name. */
export const patchTypes = ['application/json', 'application/merge-patch+json']

/** The header of a change that must not overwrite another one. */
export const ifMatch = Type.Object({
  'If-Match': Type.Optional(
    // The example is for programs that send what they have imported: it matches every version.
    Type.String({
      description: 'The `ETag` of the account as you read it; 412 when it has changed since',
      examples: ['*']
    })
  )
})

/** A point in time. */
export const time = (description: string) =>
  Type.String({ format: 'date-time', description, examples: ['2026-01-31T12:00:00.000Z'] })
/** A bound of the times of a list, in the query of a request. */
export const timeBound = (description: string) => Type.Optional(Type.String({ format: 'date-time', description }))
/** Adds `null` to `type`. With `anyOf`, the serializer and the validator would try both schemas every time. */
export const nullable = <T extends TString | TInteger>(schema: T) =>
  Type.Unsafe<Static<T> | null>({ ...schema, type: [schema.type, 'null'] })

/** The language of a person. */
export const locale = Type.String({
  maxLength: 35,
  description: 'The language of messages to the owner, as a BCP 47 tag',
  examples: ['en-GB']
})

export type User = Static<typeof User>
export const User = Type.Object(
  {
    id: Type.String({ description: 'Permanent id; the `sub` of access tokens', format: 'uuid' }),
    username: Type.String({ description: 'Lower case, NFKC', examples: ['alice'] }),
    email: nullable(Type.String({ format: 'email', examples: ['alice@example.com'] })),
    email_verified: Type.Boolean({
      description: 'Whether the owner has confirmed the e-mail address',
      examples: [false]
    }),
    pending_email: nullable(
      Type.String({
        format: 'email',
        description: 'A new e-mail address that replaces `email` when the owner confirms it',
        examples: ['alice@example.org']
      })
    ),
    full_name: nullable(Type.String({ examples: ['Alice Liddell'] })),
    locale: nullable(locale),
    disabled: Type.Boolean({ description: 'A disabled account cannot log in', examples: [false] }),
    scopes: Type.Array(Type.String(), {
      description: 'The scopes that the account may be granted',
      examples: [['me']]
    }),
    data: object('AccountData', {
      description: 'The part of the account that its owner writes for your application; never in a token',
      examples: [{ theme: 'dark' }]
    }),
    claims: object('AccountClaims', {
      description: 'The part of the account that administrators write; in its access tokens, and in introspection',
      examples: [{ roles: ['editor'], tenant: 'acme' }]
    }),
    invited_at: nullable(
      Type.String({
        format: 'date-time',
        description: 'When the account was invited; null once a password is chosen',
        examples: [null]
      })
    ),
    created_at: time('When the account was created'),
    updated_at: time('When the account was last changed')
  },
  { $id: 'User', title: 'User', description: 'An account' }
)

/** The link of an invitation, where no mail server is set. */
export const invitationLink = Type.String({
  description:
    'The link to hand over to the owner, who chooses the password with it; once, within 7 days. It verifies no address',
  examples: ['https://auth.example.com/reset-password?token=Gk5lhr1gHeGzNIMDFcVMN09VSVC9nVoGUZfXQ9hPBpM']
})

const etag = { ETag: { type: 'string', description: 'The version of the account, for `If-Match`' } }

/** A response with an account, and its version. */
export const account = (description: string) =>
  // Without `content`, which would make Fastify look the media type up in each response.
  ref(User, { description, headers: etag })

/** A response with a new account, its version and its URL. */
export const newAccount = Type.Object(
  { ...User.properties, invitation_link: Type.Optional(invitationLink) },
  {
    title: 'NewUser',
    description: 'The new account, and the link of an invitation that no mail server sends',
    headers: { ...etag, Location: { type: 'string', description: 'URL of the account' } }
  }
)

/** The name and password of a new account. */
export const newCredentials = {
  username: Type.String({
    minLength: 1,
    maxLength: 256,
    description: '1 to 64 characters, without @; converted to lower case and NFKC',
    examples: ['alice']
  }),
  password: Type.String({
    format: 'password',
    description:
      'At least 15 characters by default, at most 1,024 bytes; not a common password; without the username, the e-mail address or the name of the service',
    examples: ['correct horse battery staple']
  })
}

export type Session = Static<typeof Session>
export const Session = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'The `sid` of access tokens' }),
    current: Type.Boolean({
      description: 'Whether the access token of this request belongs to this login',
      examples: [true]
    }),
    client_id: Type.String({ description: 'The client that logged in', examples: ['first-party'] }),
    scope: Type.String({ description: 'The granted scopes, separated by spaces', examples: ['me'] }),
    created_at: time('When the login started'),
    last_used_at: time('When tokens were last issued'),
    expires_at: time('When the login ends at the latest'),
    idle_expires_at: time('When the login ends unless it is refreshed first'),
    dpop_bound: Type.Boolean({
      description: 'Whether its refresh tokens are useless without a key of the client (RFC 9449 §5)',
      examples: [false]
    }),
    ip: nullable(Type.String({ description: 'IP address of the login', examples: ['192.0.2.7'] })),
    last_ip: nullable(Type.String({ description: 'IP address that last received tokens', examples: ['192.0.2.7'] })),
    user_agent: nullable(Type.String({ description: 'User-Agent of the login', examples: ['curl/8.14.1'] }))
  },
  { $id: 'Session', title: 'Session', description: 'A login' }
)

export const Sessions = Type.Object(
  { items: Type.Array(ref(Session)) },
  { title: 'Sessions', description: 'Active logins, the latest first' }
)

export type Factor = Static<typeof Factor>
export const Factor = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    type: Type.Unsafe<'totp' | 'passkey'>({
      type: 'string',
      enum: ['totp', 'passkey'],
      description: '`totp` is an authenticator app',
      examples: ['totp']
    }),
    name: nullable(Type.String({ description: 'The name of a passkey', examples: ['Laptop'] })),
    created_at: time('When the factor was added')
  },
  { $id: 'Factor', title: 'Factor', description: 'A second factor' }
)

export type Factors = Static<typeof Factors>
export const Factors = Type.Object(
  {
    items: Type.Array(ref(Factor)),
    recovery_codes_left: Type.Integer({ description: 'Recovery codes that were not used', examples: [10] })
  },
  { title: 'Factors', description: 'Second factors' }
)

export type Passkey = Static<typeof Passkey>
export const Passkey = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    name: Type.String({ description: '1 to 64 visible characters', examples: ['Phone'] }),
    synced: Type.Boolean({ description: 'Whether the passkey can be on several devices', examples: [true] }),
    backed_up: Type.Boolean({
      description: 'Whether it was on several devices when it was last used',
      examples: [true]
    }),
    transports: Type.Array(Type.String({ pattern: '^[a-z0-9-]{1,32}$', examples: ['internal'] }), {
      maxItems: 10,
      description: 'How clients reach the authenticator'
    }),
    created_at: Type.String({ format: 'date-time', examples: ['2026-01-31T12:00:00.000Z'] }),
    last_used_at: nullable(
      Type.String({
        format: 'date-time',
        description: 'When the passkey was last used to log in; null when it never was',
        examples: ['2026-01-31T12:00:00.000Z']
      })
    )
  },
  { title: 'Passkey', description: 'A passkey, without its key' }
)

/** The password, for the first second factor of an account. */
export const currentPassword = Type.Optional(
  Type.String({
    format: 'password',
    description:
      'Confirms the first second factor of an account unless you have logged in with the password within the last 10 minutes',
    examples: ['correct horse battery staple']
  })
)

export type PersonalToken = Static<typeof PersonalToken>
export const PersonalToken = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'The id of the token; the `sid` of its access tokens' }),
    name: Type.String({
      minLength: 1,
      maxLength: 64,
      description: 'A name by which the owner recognizes the token',
      examples: ['nightly report']
    }),
    scopes: Type.Array(Type.String(), {
      description: 'The scopes that its access tokens can have',
      examples: [['reports:read']]
    }),
    resource: nullable(
      Type.String({
        description: 'The API that its access tokens are for; null for any',
        examples: ['https://api.example.com']
      })
    ),
    created_at: time('When the token was created'),
    expires_at: time('When the token expires'),
    last_used_at: nullable(
      Type.String({
        format: 'date-time',
        description: 'When the token was last used, to within an hour; null for never',
        examples: ['2026-01-31T12:00:00.000Z']
      })
    )
  },
  { $id: 'PersonalToken', title: 'PersonalToken', description: 'A personal access token, without its value' }
)
export const PersonalTokens = Type.Object(
  { items: Type.Array(ref(PersonalToken)) },
  { title: 'PersonalTokens', description: 'The personal access tokens that have not expired, the latest first' }
)

export type Identity = Static<typeof Identity>
export const Identity = Type.Object(
  {
    id: Type.String({ format: 'uuid', description: 'The id of the link' }),
    issuer: Type.String({
      description: 'The issuer, as in `IDENTITY_PROVIDERS`',
      examples: ['https://accounts.google.com']
    }),
    subject: Type.String({ description: 'The `sub` of its ID tokens', examples: ['110169484474386276334'] }),
    email: nullable(
      Type.String({ description: 'The e-mail address there when it was linked', examples: ['alice@gmail.com'] })
    ),
    created_at: time('When it was linked')
  },
  { $id: 'Identity', title: 'Identity', description: 'An account at another issuer that logs in to this account' }
)
export const Identities = Type.Object(
  { items: Type.Array(ref(Identity)) },
  { title: 'Identities', description: 'The accounts elsewhere, in the order in which they were linked' }
)

export type Client = Static<typeof Client>
/** The values of `grant_type` (RFC 6749 §4.1.3, §4.3.2, §4.4.2, §6; RFC 8693 §2.1). */
export const grantTypes = [
  'password',
  'refresh_token',
  'client_credentials',
  'authorization_code',
  'urn:ietf:params:oauth:grant-type:token-exchange'
] as const

export const Client = Type.Object(
  {
    client_id: Type.String({ examples: ['c_019c0000-0000-7000-8000-0123456789ab'] }),
    name: Type.String({ description: 'Display name, unique among clients', examples: ['shop'] }),
    type: Type.Unsafe<'public' | 'confidential'>({
      type: 'string',
      enum: ['public', 'confidential'],
      description: 'A confidential client can keep a secret (RFC 6749 §2.1)',
      examples: ['public']
    }),
    grants: Type.Array(Type.String(), {
      description: `The grants that the client may use: ${grantTypes.join(', ')}`,
      examples: [['password', 'refresh_token']]
    }),
    scopes: Type.Array(Type.String(), { description: 'The scopes that the client may request', examples: [['me']] }),
    dpop_bound_access_tokens: Type.Boolean({
      description: 'Whether a token request of the client needs a DPoP proof (RFC 9449 §5.2)',
      examples: [false]
    }),
    event_details: Type.Boolean({
      description: 'Whether `GET /events` shows the client IP addresses and details, as `GET /audit` does',
      examples: [false]
    }),
    disabled: Type.Boolean({ description: 'A disabled client gets no tokens', examples: [false] }),
    created_at: time('When the client was registered'),
    updated_at: time('When the client was last changed')
  },
  { $id: 'Client', title: 'Client', description: 'An application that requests tokens' }
)

const address = nullable(Type.String({ description: 'IP address of the client', examples: ['192.0.2.7'] }))
const action = Type.String({ description: 'The type of the event', examples: ['login.succeeded'] })
const detail = Type.Object(
  {},
  {
    title: 'AuditDetail',
    description: 'Details that depend on the action; never contains a secret',
    additionalProperties: Type.Unsafe<string | number | boolean>({ type: ['string', 'number', 'boolean'] })
  }
)

export type AuditEvent = Static<typeof AuditEvent>
export const AuditEvent = Type.Object(
  {
    seq: Type.Integer({ description: 'Number of the event; increases, with gaps', examples: [17] }),
    at: time('When the event happened'),
    action,
    actor: nullable(
      Type.String({
        description:
          'The id of the user or client that caused the event, `cli`, or `app`, the code of an embedding app; null when not logged in'
      })
    ),
    subject: nullable(Type.String({ description: 'The id of the user, client or key that the event is about' })),
    client_id: nullable(Type.String({ description: 'The client of the event', examples: ['first-party'] })),
    ip: address,
    detail,
    seal: nullable(
      Type.Integer({ description: 'Number of the seal that covers the event; null for about a second', examples: [5] })
    )
  },
  { $id: 'AuditEvent', title: 'AuditEvent', description: 'An event of the audit trail' }
)

export type AuditCount = Static<typeof AuditCount>
export const AuditCount = Type.Object(
  {
    at: time('When the hour or day begins, in UTC'),
    action,
    count: Type.Integer({ description: 'Number of events', examples: [12] })
  },
  { $id: 'AuditCount', title: 'AuditCount', description: 'How many events with an action an hour or day has' }
)

export type Activity = Static<typeof Activity>
export const Activity = Type.Object(
  {
    at: time('When the event happened'),
    action,
    by: Type.Unsafe<'you' | 'operator' | null>({
      type: ['string', 'null'],
      enum: ['you', 'operator', null],
      description: 'Who caused the event; null when not logged in',
      examples: ['you']
    }),
    client_id: nullable(Type.String({ description: 'The client of the event', examples: ['first-party'] })),
    ip: address,
    detail
  },
  { $id: 'Activity', title: 'Activity', description: 'An event on your account' }
)

/** The parameters of a login, at the token endpoint and the authorization challenge endpoint. */
export const loginParameters = {
  username: Type.Optional(Type.String({ description: 'The username or verified e-mail address', examples: ['alice'] })),
  password: Type.Optional(
    Type.String({
      format: 'password',
      description: 'The password; the code of the authenticator app may follow it',
      examples: ['correct horse battery staple']
    })
  ),
  otp: Type.Optional(Type.String({ description: 'The current code of the authenticator app', examples: [''] })),
  recovery_code: Type.Optional(Type.String({ description: 'A recovery code, instead of `otp`', examples: [''] })),
  scope: Type.Optional(
    Type.String({
      description:
        'Scopes, separated by spaces; omit it to request all allowed scopes that do not administer this server',
      examples: ['me']
    })
  ),
  resource: Type.Optional(
    Type.String({
      description:
        'The API that the access token is for, one of the `protected_resources` in the metadata (RFC 8707); omit it for a token for this server',
      examples: ['']
    })
  ),
  client_id: Type.Optional(
    Type.String({ description: 'The client id; omit it with HTTP Basic or for the built-in client', examples: [''] })
  ),
  client_secret: Type.Optional(
    Type.String({ description: 'The client secret; omit it with HTTP Basic or for a public client', examples: [''] })
  )
}

/** The token response of RFC 6749 §5.1. */
export type TokenResponse = Static<typeof TokenResponse>
export const TokenResponse = Type.Object(
  {
    access_token: Type.String({ description: 'A JWT (RFC 9068)' }),
    issued_token_type: Type.Optional(
      Type.String({
        description: 'Only after a token exchange (RFC 8693 §2.2.1): the type of the access token',
        examples: ['urn:ietf:params:oauth:token-type:access_token']
      })
    ),
    token_type: Type.Unsafe<'Bearer' | 'DPoP'>({
      type: 'string',
      enum: ['Bearer', 'DPoP'],
      description: '`DPoP` if the request had a proof: the access token is bound to its key (RFC 9449 §5)',
      examples: ['Bearer']
    }),
    expires_in: Type.Integer({ description: 'Seconds until the access token expires', examples: [600] }),
    refresh_token: Type.Optional(Type.String({ description: 'Replaces the previous refresh token' })),
    refresh_token_timeout: Type.Optional(
      Type.Integer({ description: 'Seconds until the refresh token lapses unless it is used', examples: [2_592_000] })
    ),
    authorization_expires_in: Type.Optional(
      Type.Integer({
        description: 'Seconds until the login ends, however often it is refreshed',
        examples: [31_536_000]
      })
    ),
    scope: Type.String({ description: 'The granted scopes, separated by spaces', examples: ['me'] })
  },
  { $id: 'TokenResponse', title: 'TokenResponse', description: 'The tokens (RFC 6749 §5.1)' }
)

const codeMeanings = Object.entries(problemCodes).map(
  ([code, [status, meaning]]) => `- \`${code}\` (${status}): ${meaning}`
)

export const ProblemShape = Type.Object(
  {
    type: Type.String({ examples: ['about:blank'] }),
    title: Type.String({ examples: ['Bad Request'] }),
    status: Type.Integer({ description: 'The HTTP status', examples: [400] }),
    code: Type.Unsafe<ProblemCode>({
      type: 'string',
      enum: Object.keys(problemCodes),
      description: ['What is wrong, for programs:', ...codeMeanings].join('\n'),
      examples: ['invalid_request']
    }),
    detail: Type.String({ description: 'What is wrong and how to fix it, for people; do not parse it' }),
    instance: Type.String({ description: 'The path of the request' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object(
          {
            pointer: Type.String({ description: 'JSON Pointer (RFC 6901) into the body', examples: ['/password'] }),
            detail: Type.String({ description: 'What is wrong with this member' }),
            reason: Type.Optional(
              Type.String({
                description:
                  'Why the new password was rejected: `length`, `characters`, `common`, `context` or `breached`',
                examples: ['common']
              })
            )
          },
          { title: 'ProblemDetail' }
        ),
        { maxItems: 20, description: 'What is wrong; if there is more, the last one says how much' }
      )
    ),
    oldest: Type.Optional(
      Type.Integer({ description: 'With `events_gone`: the cursor before the oldest event', examples: [12] })
    )
  },
  { $id: 'Problem', title: 'Problem', description: 'Problem details (RFC 9457)' }
)

export const OAuthErrorShape = Type.Object(
  {
    error: Type.Unsafe<OAuthErrorCode>({
      type: 'string',
      enum: oauthErrorCodes,
      description: 'RFC 6749 §5.2',
      examples: ['invalid_grant']
    }),
    error_description: Type.Optional(Type.String({ description: 'Text for developers; do not parse it' }))
  },
  { $id: 'OAuthError', title: 'OAuthError', description: 'An error of the OAuth endpoints (RFC 6749 §5.2)' }
)

/** An OAuth error that asks for more (draft-ietf-oauth-first-party-apps §5.2.2, §6.2). */
export const AuthorizationRequired = Type.Object(
  {
    ...OAuthErrorShape.properties,
    auth_session: Type.Optional(
      Type.String({ description: 'Continues the login at the authorization challenge endpoint' })
    ),
    auth_session_expires_in: Type.Optional(
      Type.Integer({ description: 'Seconds until `auth_session` expires', examples: [600] })
    ),
    factors: Type.Optional(
      Type.Array(Type.String(), {
        description: 'What the user can present next; the same for every account',
        examples: [['otp', 'recovery_code']]
      })
    ),
    passkey: Type.Optional(
      Type.Object(
        {},
        {
          title: 'PasskeyRequest',
          description: 'The options for a passkey (WebAuthn Level 3 §5.5, PublicKeyCredentialRequestOptionsJSON)',
          additionalProperties: true
        }
      )
    ),
    passkey_unknown: Type.Optional(
      Type.Literal(true, {
        description: 'No account has the passkey that was sent: the client may have its browser forget it'
      })
    )
  },
  { $id: 'AuthorizationRequired', title: 'AuthorizationRequired', description: 'A step of the login is missing' }
)

/** The shapes that `app.ts` registers, so that routes can refer to them by name. */
export const shapes: TSchema[] = [
  User,
  Session,
  PersonalToken,
  Identity,
  Client,
  AuditEvent,
  AuditCount,
  Activity,
  TokenResponse,
  ProblemShape,
  OAuthErrorShape,
  Factor,
  AuthorizationRequired
]

const limit = Type.Integer({ minimum: 1, maximum: 100, default: 50, description: 'Items per page' })

/** The query parameters for the pagination of a list. */
export const pageQuery = {
  // Optional in the request: the validator fills in the default.
  limit: Type.Optional(limit) as unknown as typeof limit,
  cursor: Type.Optional(Type.String({ maxLength: 400, description: 'The `next_cursor` of the previous page' }))
}

/** A response with a page of `item`. Both `next_cursor` and the `Link` header (RFC 8288) point to the next page. */
export function page<T extends TSchema>(item: T, title: string, description: string) {
  const shape = Type.Object(
    {
      items: Type.Array(ref(item)),
      next_cursor: nullable(Type.String({ description: 'The cursor of the next page; null on the last page' }))
    },
    { title }
  )
  return {
    description,
    headers: { Link: { type: 'string', description: 'The next page (`rel="next"`), if there is one (RFC 8288)' } },
    content: { 'application/json': { schema: shape } }
  }
}

/**
 * The `Link` header (RFC 8288) for the page that follows the one requested with `query`. It is relative, so that it
 * works behind any proxy.
 */
export function linkToNext(query: object, next_cursor: string | null): Record<string, string> {
  if (next_cursor === null) return {}
  return { Link: `<?${new URLSearchParams({ ...query, cursor: next_cursor })}>; rel="next"` }
}

/** The `security` of a route that requires an access token with this scope. */
export const needs = (scope: string) => [{ password: [scope] }]
