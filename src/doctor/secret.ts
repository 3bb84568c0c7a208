import { stateOf } from '../auth/keys/sealed-kind.ts'
import { appSealing, recoveryKeySealing, signingKeySealing, webhookSealing } from '../auth/keys/stored-secrets.ts'
import type { Secrets } from '../base/sealing.ts'
import type { ConfigReport } from '../config/config.ts'
import type { Probe } from '../store/inspect/probe.ts'
import type { SealedRows } from '../store/inspect/sealed-rows.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const distinctWanted = 8

const advice =
  'Create one with `openssl rand -base64 32`; docs/when-something-is-lost.md explains how to change the secret of an existing database.'

/**
 * Checks that the secrets are hard to guess, and that they decrypt the signing keys and the second factors. Never
 * reveals a secret.
 */
export function checkSecret(
  { secret, wrong, config }: Pick<ConfigReport, 'secret' | 'wrong' | 'config'>,
  probe: Pick<Probe, 'signingKey' | 'sealed'> = {}
): Finding[] {
  const { signingKey, sealed } = probe
  const { value } = secret
  const { secondSecret } = config
  // A secret that is required, or cannot be read, is already reported as a problem of the settings.
  const isCreated = secret.path === undefined && !wrong.has('secret') && config.databaseUrl.startsWith('sqlite:')
  if (value === undefined) return signingKey ? [noSecret] : isCreated ? [created] : []
  const secrets = { secret: value, secondSecret }
  const weaknessOfSecond = secondSecret === undefined ? undefined : weaknessOf('SECOND_SECRET', secondSecret)
  return [
    weaknessOf('SECRET', value) ?? ok('secret', 'SECRET has enough different characters.'),
    ...(weaknessOfSecond ? [weaknessOfSecond] : []),
    ...(signingKey ? [checkSigningKeys(sealed?.keys ?? [signingKey], secrets)] : []),
    ...(sealed ? checkSecondFactors(sealed, secrets) : []),
    ...(sealed && secondSecret !== undefined ? [checkChange(sealed, secrets)] : [])
  ]
}

const created = ok('secret', 'There is no secret yet. The server creates one when it starts.')

/** Any refresh token lets its owner try guesses of the secret offline. */
function weaknessOf(name: string, secret: string): Finding | undefined {
  if (new Set(secret).size < distinctWanted)
    return error(
      'secret',
      `${name} has fewer than ${distinctWanted} different characters and is easy to guess. ${advice}`
    )
  const isPhrase = /^[\p{L}\s'-]+$/u.test(secret)
  return isPhrase
    ? warning('secret', `${name} has only letters: a phrase can be guessed offline. ${advice}`)
    : undefined
}

const remedy =
  'Set the SECRET that encrypted them, or restore the file `secret` beside the database. docs/when-something-is-lost.md explains how to change it, and what to do if it is lost.'

const noSecret = error(
  'signing-keys',
  `The database has signing keys, and there is no valid SECRET to decrypt them. ${remedy}`
)

function checkSigningKeys(keys: SealedRows['keys'], secrets: Secrets): Finding {
  const sealing = signingKeySealing(secrets)
  return keys.some(key => stateOf(sealing, key) === 'neither')
    ? error('signing-keys', `SECRET does not decrypt the signing keys of the database. ${remedy}`)
    : ok('signing-keys', `${nameOf(secrets)} decrypts the signing keys.`)
}

/** The names of the secrets that decrypted everything. */
const nameOf = ({ secondSecret }: Secrets) => (secondSecret === undefined ? 'SECRET' : 'SECRET or SECOND_SECRET')

/** The accounts whose app or recovery codes are in one of the states. */
function accountsOf({ apps, recoveryCodes }: SealedRows, secrets: Secrets) {
  const [appState, codeState] = [appSealing(secrets), recoveryKeySealing(secrets)]
  const states = [
    ...apps.map(app => [stateOf(appState, app), app.userId] as const),
    ...recoveryCodes.map(codes => [stateOf(codeState, codes), codes.userId] as const)
  ]
  return (wanted: ReturnType<typeof stateOf>) =>
    new Set(states.flatMap(([state, userId]) => (state === wanted ? [userId] : []))).size
}

function checkSecondFactors(rows: SealedRows, secrets: Secrets): Finding[] {
  const { apps, recoveryCodes, limit } = rows
  if (apps.length + recoveryCodes.length === 0) return []
  const count = accountsOf(rows, secrets)
  const lost = count('neither')
  const isPart = apps.length === limit || recoveryCodes.length === limit
  const text =
    lost > 0
      ? `SECRET does not decrypt the authenticator apps or recovery codes of ${lost} account(s). Set the secret that encrypted them as SECOND_SECRET and run \`sallyport secret rotate\`, or, if it is lost, run \`sallyport secret discard\`.`
      : `${nameOf(secrets)} decrypts the authenticator apps and recovery codes.`
  return [(lost > 0 ? error : ok)('second-factors', isPart ? `${text} Only ${limit} of each were examined.` : text)]
}

function checkChange(rows: SealedRows, secrets: Secrets): Finding {
  const [ofKeys, ofWebhooks] = [signingKeySealing(secrets), webhookSealing(secrets)]
  const keys = rows.keys.filter(key => stateOf(ofKeys, key) === 'second').length
  const webhooks = rows.webhooks.filter(webhook => stateOf(ofWebhooks, webhook) === 'second').length
  const accounts = accountsOf(rows, secrets)('second')
  return keys + accounts + webhooks > 0
    ? warning(
        'second-secret',
        `${keys} signing key(s), second factors of ${accounts} account(s) and ${webhooks} webhook(s) need SECOND_SECRET. Once SECRET is the new one on every server, run \`sallyport secret rotate\`.`
      )
    : ok(
        'second-secret',
        'Nothing that was examined needs SECOND_SECRET. Remove it when REFRESH_TOKEN_TTL has passed since SECRET is the new one on every server.'
      )
}
