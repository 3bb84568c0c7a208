import { v7 } from 'uuid'
import { createAccountData } from '../auth/account/account-data.ts'
import { createAccountClaims } from '../auth/account/claims.ts'
import { createAuditTrail } from '../auth/audit/audit-trail.ts'
import { createUnknownNames } from '../auth/audit/unknown-names.ts'
import { createAuditEvents } from '../auth/audit-events.ts'
import { createClientAdmin } from '../auth/clients/client-admin.ts'
import { createClients } from '../auth/clients/clients.ts'
import { createDatabaseClock } from '../auth/database-clock.ts'
import { createDpop } from '../auth/dpop/dpop.ts'
import { createExtensionPoints } from '../auth/extensions/extension-points.ts'
import { createIdTokens } from '../auth/identities/id-tokens.ts'
import { createIdentities } from '../auth/identities/identities.ts'
import { createSigningKeys } from '../auth/keys/keys.ts'
import { createSecretChange } from '../auth/keys/secret-change.ts'
import { createAccountUndo } from '../auth/links/account-undo.ts'
import { createEmailVerification } from '../auth/links/email-verification.ts'
import { createInvitations } from '../auth/links/invitations.ts'
import { createPasswordReset } from '../auth/links/password-reset.ts'
import { createEmailCodes } from '../auth/login/email-codes.ts'
import { createScopeDecision } from '../auth/login/login-scope.ts'
import { createLoginAttempts } from '../auth/login-attempt.ts'
import { createMail } from '../auth/mail/mail.ts'
import { createOneTimeTokens } from '../auth/mail/one-time-tokens.ts'
import { createNodeFeatures } from '../auth/node-features.ts'
import { createPasskeys } from '../auth/passkeys/passkeys.ts'
import { loadWebAuthn } from '../auth/passkeys/webauthn.ts'
import { createAccountPasswords } from '../auth/passwords/account-passwords.ts'
import type { Passwords } from '../auth/passwords/passwords.ts'
import { createPersonalTokens } from '../auth/personal-tokens/personal-tokens.ts'
import { createResources } from '../auth/resources.ts'
import { createFactorCodes } from '../auth/second-factor/codes.ts'
import { createEnrolment } from '../auth/second-factor/enrolment.ts'
import { createSecondFactorPolicy } from '../auth/second-factor/policy.ts'
import { createRecoveryCodes } from '../auth/second-factor/recovery-codes.ts'
import { createSecondFactors } from '../auth/second-factor/second-factors.ts'
import { createReauthentication } from '../auth/sessions/reauthentication.ts'
import { createSessions } from '../auth/sessions/sessions.ts'
import type { CounterName } from '../auth/throttle/policies.ts'
import { createThrottle } from '../auth/throttle/throttle.ts'
import { createPersonalCaller } from '../auth/tokens/personal-caller.ts'
import { createTokenLength } from '../auth/tokens/token-length.ts'
import { createCorrections } from '../auth/users/corrections.ts'
import { createSetupLinks } from '../auth/users/setup-links.ts'
import { createUserAdmin } from '../auth/users/user-admin.ts'
import { createUsers } from '../auth/users/users.ts'
import { createWaysIn } from '../auth/ways-in.ts'
import { createEventFeed } from '../auth/webhooks/event-feed.ts'
import { createReceiverRules } from '../auth/webhooks/receiver-address.ts'
import { createWebhooks } from '../auth/webhooks/webhooks.ts'
import { hasPasskeys } from '../config/passkeys.ts'
import type { AuditEvent } from '../store/audit/events.ts'
import type { Store } from '../store/open.ts'
import type { HashingMetrics } from './password-hashing.ts'
import type { ServiceOptions } from './service-options.ts'

/** Receives the reports of the services: failures for the log, and counts for the metrics. */
export interface Reports {
  log: { error(about: { err: unknown; event?: unknown; issuer?: string }, message: string): void }
  metrics: HashingMetrics & {
    throttled(counter: CounterName): void
    /** An attempt to fetch the keys of an issuer of ID tokens. */
    issuerKeys(issuer: string, outcome: 'fetched' | 'failed'): void
    /** A login that has `succeeded`, `failed` for this reason, or was `challenged` for a second factor. */
    login(outcome: string, reason?: string): void
  }
}

/** All services, without HTTP. A service depends only on the services above it. */
export type Services = ReturnType<typeof createServices>

/** Builds the services on an open store, for the server and the commands. */
export function createServices({
  config,
  now = () => new Date(),
  db,
  passwords,
  log,
  metrics,
  ...given
}: ServiceOptions & Reports & { db: Store; passwords: Passwords }) {
  const clock = { now, newId: () => v7() }
  const databaseClock = createDatabaseClock({ store: db, now })
  const auditEvents = createAuditEvents({ now })
  /** Counts a login that did not succeed. */
  function countLogin({ action, detail }: AuditEvent) {
    const [about, outcome = ''] = action.split('.')
    if (about === 'login') metrics.login(outcome, String(detail.reason ?? ''))
  }
  /** Records an event, and counts a login that did not succeed. */
  function recordEvent(event: AuditEvent): Promise<void> {
    countLogin(event)
    return db.audit.record(event)
  }
  const onUnrecorded = (err: unknown, event: AuditEvent) =>
    log.error({ err, event }, 'failed to record an event in the audit trail')
  const record = (event: AuditEvent) => recordEvent(event).catch(err => onUnrecorded(err, event))
  const common = { config, ...clock, auditEvents, passwords, record }

  const audit = createAuditTrail({ ...common, store: db.audit })
  const throttle = createThrottle({ ...common, store: db.throttle, onRefusal: metrics.throttled })
  const keys = createSigningKeys({ ...common, store: db.keys })
  const oneTimeTokens = createOneTimeTokens({ ...common, store: db.oneTimeTokens })
  const mail = createMail({ ...common, throttle })
  const policy = createSecondFactorPolicy(config)
  const recoveryCodes = createRecoveryCodes(config)
  const waysIn = createWaysIn({ config, policy, store: db.waysIn })
  const factorDeps = { ...common, store: db.secondFactors, spent: db.spent, policy, recoveryCodes, throttle, mail }
  const factorCodes = createFactorCodes(factorDeps)
  const secondFactors = createSecondFactors({ ...factorDeps, codes: factorCodes, waysIn })
  const nodeFeatures = createNodeFeatures({ config, store: db.nodes })
  const dpop = createDpop({
    ...common,
    nodeFeatures,
    spent: db.spent,
    onUnspent: err => log.error({ err }, 'failed to remember a DPoP proof')
  })
  const attempts = createLoginAttempts({
    ...common,
    throttle,
    factors: db.secondFactors,
    dpop,
    countLogin,
    record: recordEvent
  })
  const extensions = createExtensionPoints(given, {
    byId: db.users.byId,
    onFailure: (err, name) => log.error({ err }, `the extension ${name} failed`)
  })
  if (given.onUserChanged) db.reportTo(extensions.committed)
  const reauthentication = createReauthentication({ ...common, policy })
  const describeUnknown = createUnknownNames(config)
  const accounts = { store: db.users, throttle, mail, extensions, reauthentication, describeUnknown }
  const accountPasswords = createAccountPasswords({ ...common, ...accounts, codes: factorCodes, attempts })
  const accountClaims = createAccountClaims(createTokenLength(config))
  const accountData = createAccountData(config)
  const invitations = createInvitations({ ...common, store: db.mail, tokens: oneTimeTokens, throttle, mail })
  const ofAccounts = { accountPasswords, accountClaims, accountData, invitations, waysIn }
  const users = createUsers({ ...common, ...accounts, ...ofAccounts })
  const enrolling = { policy, reauthentication, accountPasswords, throttle, record: recordEvent }
  const enrolment = createEnrolment({ ...common, ...enrolling })
  const setupLinks = createSetupLinks({ ...common, store: db.setupLinks, accounts: db.users, users })
  const links = { ...common, store: db.mail, tokens: oneTimeTokens, throttle, mail }
  const emailVerification = createEmailVerification({ ...links, users: db.users })
  const emailChangeUndo = createAccountUndo({
    ...links,
    undo: db.accountUndo,
    purpose: 'undo_email_change',
    action: 'user.email_change_undone'
  })
  const factorUndo = createAccountUndo({
    ...links,
    undo: db.accountUndo,
    purpose: 'undo_factor',
    action: 'factor.undone'
  })
  const emailCodes = createEmailCodes({ ...links, store: db.emailCodes, users: db.users, policy })
  const passwordReset = createPasswordReset({ ...links, accounts: db.users, accountPasswords })
  const clients = createClients({ ...common, store: db.clients, throttle })
  const clientAdmin = createClientAdmin({ ...common, store: db.clients })
  const onLogin = () => metrics.login('succeeded')
  const sessions = createSessions({
    ...common,
    store: db.sessions,
    throttle,
    record: db.audit.record,
    onUnrecorded,
    mail,
    onLogin,
    sharedNow: databaseClock.now
  })
  const personalTokens = createPersonalTokens({
    ...common,
    store: db.personalTokens,
    clients: db.clients,
    throttle,
    mail,
    record: db.audit.record,
    onUnrecordedUse: err => log.error({ err }, 'failed to record the use of a personal access token')
  })
  const resources = createResources(config)
  const decideScope = createScopeDecision(policy)
  const personalCaller = createPersonalCaller({ config, personalTokens, decideScope, resources })
  const idTokens = createIdTokens({
    ...common,
    onKeysFetched(issuer, failed) {
      metrics.issuerKeys(issuer, failed ? 'failed' : 'fetched')
      if (failed) log.error({ err: failed.error, issuer }, 'failed to fetch the keys of an issuer of ID tokens')
    }
  })
  const identities = createIdentities({
    ...common,
    ...{ store: db.identities, spent: db.spent, accounts: db.users, users, idTokens, waysIn, throttle, mail }
  })
  const administered = { store: db.userAdmin, accounts: db.users, users, accountClaims, accountPasswords, sessions }
  const userAdmin = createUserAdmin({ ...common, ...accounts, ...administered })
  const correctProfile = createCorrections({ ...common, ...accounts })

  const passkeyStores = { store: db.secondFactors, outbox: db.mail, record: db.audit.record }
  const passkeys = hasPasskeys(config)
    ? createPasskeys({ ...common, ...passkeyStores, config, mail, recoveryCodes, webauthn: loadWebAuthn })
    : undefined

  const receiverRules = createReceiverRules({ hosts: config.webhookHosts, loopback: config.insecure === 'allow' })
  const webhooks = createWebhooks({ ...common, store: db.webhooks, audit: db.audit, rules: receiverRules })
  const eventFeed = createEventFeed({ store: db.audit, clients: db.clients })

  const sealed = { store: db.sealed, keyStore: db.keys, factors: db.secondFactors, users: db.users }
  const secretChange = createSecretChange({ ...common, ...sealed, keys })

  return {
    clock,
    databaseClock,
    auditEvents,
    countLogin,
    recordEvent,
    audit,
    throttle,
    attempts,
    keys,
    oneTimeTokens,
    mail,
    recoveryCodes,
    factorCodes,
    secondFactors,
    extensions,
    reauthentication,
    accountClaims,
    accountData,
    accountPasswords,
    users,
    enrolment,
    setupLinks,
    emailVerification,
    emailChangeUndo,
    factorUndo,
    passwordReset,
    emailCodes,
    invitations,
    clients,
    clientAdmin,
    sessions,
    userAdmin,
    correctProfile,
    personalTokens,
    nodeFeatures,
    dpop,
    resources,
    decideScope,
    personalCaller,
    idTokens,
    identities,
    passkeys,
    receiverRules,
    webhooks,
    eventFeed,
    secretChange
  }
}
