import { sql } from 'drizzle-orm'
import type { Columns } from './columns.postgres.ts'

/** Every table, in the column vocabulary of either engine, and the functions that queries use. */
export const tables = (c: Columns) => {
  // An address is unique only among verified addresses. `pending_email` replaces a verified `email` once it is
  // verified. `second_factor_at` is when the second factors of the account last changed, null while it has none.
  // `data` is the owner's, `claims` are the operator's. `invited_at` is null unless the password is yet to be chosen.
  // `locale` is a BCP 47 tag, null until it is known. What began in an earlier `login_epoch` begins no session.
  const users = c.table(
    'users',
    {
      id: c.text('id').primaryKey(),
      username: c.text('username').notNull().unique(),
      email: c.text('email'),
      emailVerified: c.bool('email_verified').notNull().default(false),
      pendingEmail: c.text('pending_email'),
      fullName: c.text('full_name'),
      passwordHash: c.text('password_hash').notNull(),
      scopes: c.json<string[]>('scopes').notNull(),
      disabled: c.bool('disabled').notNull().default(false),
      createdAt: c.time('created_at').notNull(),
      updatedAt: c.time('updated_at').notNull(),
      lastLoginAt: c.time('last_login_at'),
      secondFactorAt: c.time('second_factor_at'),
      data: c.json<Record<string, unknown>>('data').notNull().default({}),
      claims: c.json<Record<string, unknown>>('claims').notNull().default({}),
      invitedAt: c.time('invited_at'),
      locale: c.text('locale'),
      loginEpoch: c.integer('login_epoch').notNull().default(0)
    },
    // SQLite accepts no table name in the condition.
    t => [c.uniqueIndex('users_verified_email').on(t.email).where(sql`email_verified`)]
  )

  // Authenticator apps. A row counts once it is confirmed; an account has at most one that is and one that is not.
  const totp = c.table(
    'totp',
    {
      id: c.text('id').primaryKey(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      secretSealed: c.text('secret_sealed').notNull(),
      createdAt: c.time('created_at').notNull(),
      confirmedAt: c.time('confirmed_at')
    },
    t => [c.index('totp_user').on(t.userId)]
  )

  // `key_sealed` is the key of the hashes, one for all codes of an account, sealed.
  const recoveryCodes = c.table(
    'recovery_codes',
    {
      hash: c.text('hash').primaryKey(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      keySealed: c.text('key_sealed').notNull()
    },
    t => [c.index('recovery_codes_user').on(t.userId)]
  )

  // WebAuthn credentials. `public_key` is the COSE key in base64url.
  const passkeys = c.table(
    'passkeys',
    {
      id: c.text('id').primaryKey(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      credentialId: c.text('credential_id').notNull().unique(),
      publicKey: c.text('public_key').notNull(),
      counter: c.long('counter').notNull(),
      synced: c.bool('synced').notNull(),
      backedUp: c.bool('backed_up').notNull(),
      transports: c.json<string[]>('transports').notNull(),
      name: c.text('name').notNull(),
      createdAt: c.time('created_at').notNull(),
      lastUsedAt: c.time('last_used_at')
    },
    t => [c.index('passkeys_user').on(t.userId)]
  )

  // A session of the client_credentials grant has no user. `client_id` is text because the built-in client has no row;
  // `client_epoch` is the client's `login_epoch`, or its `own_epoch` for a session without a user, and null for the
  // built-in client. `ends_on` is the last day, counted from the epoch in UTC, on which the session can be live: it
  // seldom changes, so a refresh need not write the index. `amr` has the methods of the login (RFC 8176), and
  // `auth_time` is when the last one was used; both are null for a session without a user. `jkt` is the thumbprint of
  // the key that the refresh tokens are bound to (RFC 9449 §5), null for those of a confidential client.
  const sessions = c.table(
    'sessions',
    {
      id: c.text('id').primaryKey(),
      userId: c.text('user_id').references(() => users.id, { onDelete: 'cascade' }),
      clientId: c.text('client_id').notNull(),
      clientEpoch: c.integer('client_epoch'),
      scope: c.json<string[]>('scope').notNull(),
      counter: c.integer('counter').notNull(),
      retriedCounter: c.integer('retried_counter'),
      createdAt: c.time('created_at').notNull(),
      rotatedAt: c.time('rotated_at').notNull(),
      lastUsedAt: c.time('last_used_at').notNull(),
      expiresAt: c.time('expires_at').notNull(),
      idleExpiresAt: c.time('idle_expires_at').notNull(),
      endsOn: c.integer('ends_on').notNull(),
      revokedAt: c.time('revoked_at'),
      ip: c.text('ip'),
      lastIp: c.text('last_ip'),
      userAgent: c.text('user_agent'),
      amr: c.json<string[]>('amr'),
      authTime: c.time('auth_time'),
      jkt: c.text('jkt')
    },
    t => [c.index('sessions_user').on(t.userId, t.revokedAt, t.createdAt), c.index('sessions_end').on(t.endsOn)]
  )

  // Sessions of an earlier epoch have ended: `login_epoch` for those of users, `own_epoch` for those of the client.
  const clients = c.table('clients', {
    id: c.text('id').primaryKey(),
    name: c.text('name').notNull().unique(),
    secretHash: c.text('secret_hash'),
    grants: c.json<string[]>('grants').notNull(),
    scopes: c.json<string[]>('scopes').notNull(),
    disabled: c.bool('disabled').notNull().default(false),
    // Whether every access token of the client has to be bound to a key (RFC 9449 §5.2).
    dpopBound: c.bool('dpop_bound').notNull().default(false),
    // Whether `GET /events` shows the client IP addresses and details.
    eventDetails: c.bool('event_details').notNull().default(false),
    loginEpoch: c.integer('login_epoch').notNull().default(0),
    ownEpoch: c.integer('own_epoch').notNull().default(0),
    createdAt: c.time('created_at').notNull(),
    updatedAt: c.time('updated_at').notNull()
  })

  // Things that work once and were used: time steps of authenticator apps, passkey challenges, auth sessions,
  // authorization codes, ID tokens and DPoP proofs. The row is added in the transaction of the use, so a second use
  // fails.
  const spent = c.table(
    'spent',
    {
      id: c.text('id').primaryKey(),
      expiresAt: c.time('expires_at').notNull()
    },
    t => [c.index('spent_expiry').on(t.expiresAt)]
  )

  // Attempts by account or address that still count, with the policy of their counter: src/auth/throttle/counters.ts
  // makes the keys. Times are milliseconds since the epoch, for calculations.
  const throttle = c.table(
    'throttle',
    {
      key: c.text('key').primaryKey(),
      clearsAt: c.millis('clears_at').notNull(),
      waitsUntil: c.millis('waits_until').notNull(),
      forgivenAt: c.millis('forgiven_at').notNull(),
      forgiveMs: c.long('forgive_ms').notNull(),
      free: c.integer('free').notNull(),
      most: c.integer('most').notNull(),
      longestMs: c.long('longest_ms').notNull()
    },
    t => [c.index('throttle_clears').on(t.clearsAt)]
  )

  const knownPrefixes = c.table(
    'known_prefixes',
    {
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      prefix: c.text('prefix').notNull(),
      lastLoginAt: c.time('last_login_at').notNull()
    },
    t => [c.primaryKey({ columns: [t.userId, t.prefix] }), c.index('known_prefixes_login').on(t.lastLoginAt)]
  )

  // Unsent messages, without secrets: a link is created when its message is sent. `locale` is that of the recipient.
  const mail = c.table(
    'mail',
    {
      id: c.text('id').primaryKey(),
      kind: c
        .text('kind')
        .$type<
          | 'verify_email'
          | 'reset_password'
          | 'password_changed'
          | 'email_changed'
          | 'new_login'
          | 'factor_added'
          | 'factor_removed'
          | 'recovery_code_used'
          | 'recovery_codes_replaced'
          | 'passkey_refused'
          | 'invitation'
          | 'email_code'
          | 'token_added'
          | 'token_removed'
          | 'token_used'
          | 'identity_added'
          | 'identity_removed'
          | 'webhook_paused'
        >()
        .notNull(),
      userId: c.text('user_id').references(() => users.id, { onDelete: 'cascade' }),
      address: c.text('address').notNull(),
      attempts: c.integer('attempts').notNull().default(0),
      createdAt: c.time('created_at').notNull(),
      nextAttemptAt: c.time('next_attempt_at').notNull(),
      locale: c.text('locale')
    },
    t => [c.index('mail_due').on(t.nextAttemptAt, t.id)]
  )

  // `state` is the account state for which the token is valid: src/auth/mail/one-time-tokens.ts. For a token that
  // undoes a change, it is the time of that change, and `address` is the address that is restored.
  const oneTimeTokens = c.table(
    'one_time_tokens',
    {
      hash: c.text('hash').primaryKey(),
      purpose: c
        .text('purpose')
        .$type<'verify_email' | 'reset_password' | 'undo_email_change' | 'undo_factor' | 'invitation'>()
        .notNull(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      state: c.text('state').notNull(),
      address: c.text('address'),
      expiresAt: c.time('expires_at').notNull()
    },
    t => [c.index('one_time_tokens_expiry').on(t.expiresAt)]
  )

  // Codes by mail, one for each account: src/auth/login/email-codes.ts derives the code from `series`, the auth session
  // that asks for it. `state` and `address` are those of the account. A name without an account has a row too, so that
  // both take the same work; so there is no foreign key.
  const emailCodes = c.table(
    'email_codes',
    {
      userId: c.text('user_id').primaryKey(),
      series: c.text('series').notNull(),
      state: c.text('state').notNull(),
      address: c.text('address').notNull(),
      tries: c.integer('tries').notNull().default(0),
      expiresAt: c.time('expires_at').notNull()
    },
    t => [c.index('email_codes_expiry').on(t.expiresAt)]
  )

  // Personal access tokens. `hash` is the SHA-256 of the token; `prefixes` are the address prefixes that it was created
  // and used from, the latest last.
  const personalTokens = c.table(
    'personal_tokens',
    {
      id: c.text('id').primaryKey(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      hash: c.text('hash').notNull().unique(),
      name: c.text('name').notNull(),
      scopes: c.json<string[]>('scopes').notNull(),
      resource: c.text('resource'),
      prefixes: c.json<string[]>('prefixes').notNull(),
      createdAt: c.time('created_at').notNull(),
      expiresAt: c.time('expires_at').notNull(),
      lastUsedAt: c.time('last_used_at')
    },
    t => [c.index('personal_tokens_user').on(t.userId), c.index('personal_tokens_expiry').on(t.expiresAt)]
  )

  // Accounts at other issuers that log in to an account here. `email` is the address there at that time, for display.
  const identities = c.table(
    'identities',
    {
      id: c.text('id').primaryKey(),
      issuer: c.text('issuer').notNull(),
      subject: c.text('subject').notNull(),
      userId: c
        .text('user_id')
        .notNull()
        .references(() => users.id, { onDelete: 'cascade' }),
      email: c.text('email'),
      createdAt: c.time('created_at').notNull()
    },
    t => [c.uniqueIndex('identities_subject').on(t.issuer, t.subject), c.index('identities_user').on(t.userId)]
  )

  // The link that makes the first administrator: src/auth/users/setup-links.ts.
  const setupLinks = c.table('setup_links', {
    hash: c.text('hash').primaryKey(),
    expiresAt: c.time('expires_at').notNull()
  })

  // `generation` makes rotation a compare-and-swap: of two nodes that insert the same number, one wins.
  const keys = c.table('keys', {
    kid: c.text('kid').primaryKey(),
    generation: c.integer('generation').notNull().unique(),
    alg: c.text('alg').notNull(),
    publicJwk: c.json<JsonWebKey>('public_jwk').notNull(),
    privateSealed: c.text('private_sealed').notNull(),
    createdAt: c.time('created_at').notNull(),
    signsAt: c.time('signs_at').notNull(),
    expiresAt: c.time('expires_at')
  })

  // The processes of the server. Each renews its row while it runs: src/store/nodes.ts.
  const nodes = c.table('nodes', {
    id: c.text('id').primaryKey(),
    host: c.text('host').notNull(),
    version: c.text('version').notNull(),
    runtime: c.text('runtime').notNull(),
    startedAt: c.time('started_at').notNull(),
    seenAt: c.time('seen_at').notNull(),
    features: c.json<string[]>('features').notNull().default([])
  })

  // `seal` is the number of the seal that covers the event, null for about a second. No foreign keys: the audit trail
  // outlives the rows that it describes.
  const audit = c.table(
    'audit',
    {
      seq: c.identity('seq').primaryKey(),
      at: c.eventTime('at').notNull(),
      action: c.text('action').notNull(),
      actor: c.text('actor'),
      subject: c.text('subject'),
      clientId: c.text('client_id'),
      ip: c.text('ip'),
      detail: c.detail('detail').notNull(),
      seal: c.long('seal')
    },
    t => [
      c.index('audit_at').on(t.at, t.seq),
      c.index('audit_subject').on(t.subject, t.at, t.seq),
      c.index('audit_seal').on(t.seal, t.seq)
    ]
  )

  // Numbered without gaps, each with the hash of its predecessor: src/store/audit/seals.ts. `pruned` is the signature
  // that the events up to this seal were pruned.
  const seals = c.table('seals', {
    number: c.long('number').primaryKey(),
    previous: c.text('previous').notNull(),
    events: c.integer('events').notNull(),
    digest: c.text('digest').notNull(),
    at: c.eventTime('at').notNull(),
    publicKey: c.text('public_key').notNull(),
    signature: c.text('signature').notNull(),
    pruned: c.text('pruned')
  })

  // Where events are sent: src/auth/webhooks. The last event that was sent or not asked for is `seq` of `seal`. Every
  // change by an administrator begins a new `epoch`, so that a delivery that was under way does not overwrite it. One
  // process at a time holds the lease: `lease_until` is milliseconds since the epoch. `lost` are events that were pruned
  // before they were sent.
  const webhooks = c.table('webhooks', {
    id: c.text('id').primaryKey(),
    url: c.text('url').notNull(),
    events: c.json<string[]>('events').notNull(),
    details: c.bool('details').notNull(),
    secretSealed: c.text('secret_sealed').notNull(),
    createdBy: c.text('created_by'),
    createdAt: c.time('created_at').notNull(),
    updatedAt: c.time('updated_at').notNull(),
    epoch: c.integer('epoch').notNull().default(0),
    seal: c.long('seal').notNull(),
    seq: c.long('seq').notNull(),
    reachedAt: c.time('reached_at'),
    lost: c.integer('lost').notNull().default(0),
    attempts: c.integer('attempts').notNull().default(0),
    failingSince: c.time('failing_since'),
    nextAttemptAt: c.time('next_attempt_at').notNull(),
    pausedAt: c.time('paused_at'),
    pauseReason: c.text('pause_reason').$type<'administrator' | 'failing' | 'gone'>(),
    deliveries: c.json<Delivery[]>('deliveries').notNull().default([]),
    leaseOwner: c.text('lease_owner'),
    leaseUntil: c.millis('lease_until').notNull().default(0)
  })

  return {
    users,
    totp,
    recoveryCodes,
    passkeys,
    sessions,
    clients,
    spent,
    throttle,
    knownPrefixes,
    mail,
    oneTimeTokens,
    emailCodes,
    personalTokens,
    identities,
    setupLinks,
    keys,
    nodes,
    audit,
    seals,
    webhooks,
    contains: c.contains,
    detailText: c.detailText,
    seldom: c.seldom,
    locked: c.locked,
    beginning: c.beginning
  }
}

/** A public or private JSON Web Key (RFC 7517) as node:crypto exports it. */
export type JsonWebKey = import('node:crypto').JsonWebKey

/** An attempt to send an event to a webhook. */
export interface Delivery {
  at: string
  event: string
  type: string
  /** The status of the answer; null without an answer. */
  status: number | null
  /** Why the attempt failed; null when it did not. */
  error: string | null
  /** How long it took, in milliseconds. */
  ms: number
}
