import type { Config, ConfigReport } from '../config/config.ts'
import { isLocalIssuer, isLoopback } from '../config/loopback.ts'
import { hasPasskeys, passkeyProblem } from '../config/passkeys.ts'
import { risksOf } from '../config/risks.ts'
import { error, type Finding, ok, warning } from './finding.ts'

const longestTokenLife = 3600

/**
 * Reports invalid settings, and valid ones whose value is not advisable.
 */
export function checkSettings({
  config,
  problems,
  wrong
}: Pick<ConfigReport, 'config' | 'problems' | 'wrong'>): Finding[] {
  const found = problems.map(problem => error('settings', problem))
  if (found.length === 0) found.push(ok('settings', 'Every setting is valid.'))
  return [...found, ...rules.filter(({ of }) => of.every(name => !wrong.has(name))).map(({ check }) => check(config))]
}

const rules: { of: (keyof Config)[]; check: (config: ConfigReport['config']) => Finding }[] = [
  {
    of: ['registration', 'host', 'issuer'],
    check({ registration, host, issuer }) {
      if (registration === 'closed') return ok('registration', 'Only operators can create accounts.')
      return isLoopback(host) && isLocalIssuer(issuer)
        ? ok('registration', 'Anyone on this machine can register.')
        : warning(
            'registration',
            'REGISTRATION is open: anyone who can reach the server can register. Set REGISTRATION=closed unless you want that.'
          )
    }
  },
  {
    of: ['passwordHash', 'bcryptCost'],
    check({ passwordHash, bcryptCost: cost }) {
      if (passwordHash === 'argon2id') return ok('bcrypt-cost', 'New hashes are Argon2id, without BCRYPT_COST.')
      if (cost < 10)
        return error(
          'bcrypt-cost',
          `BCRYPT_COST is ${cost}, so leaked hashes can be cracked quickly. Set 12, or at least 10.`
        )
      return cost < 12
        ? warning('bcrypt-cost', `BCRYPT_COST is ${cost}. Set 12, unless the machine is too slow.`)
        : ok('bcrypt-cost', `BCRYPT_COST is ${cost}.`)
    }
  },
  {
    of: ['passwordMinLength'],
    check: ({ passwordMinLength: length }) =>
      length < 15
        ? warning(
            'password-length',
            `PASSWORD_MIN_LENGTH is ${length}. NIST SP 800-63B-4 requires 15 if the password is the only factor.`
          )
        : ok('password-length', `New passwords have ${length} characters or more.`)
  },
  {
    of: ['secondFactor', 'host', 'issuer'],
    check({ secondFactor, host, issuer }) {
      if (secondFactor === 'required') return ok('second-factor', 'Every account needs a second factor.')
      if (secondFactor === 'administrators')
        return ok('second-factor', 'Accounts that administer this server need a second factor.')
      return isLoopback(host) && isLocalIssuer(issuer)
        ? ok('second-factor', 'No account needs a second factor.')
        : warning('second-factor', 'A password alone administers this server. Set SECOND_FACTOR=administrators.')
    }
  },
  {
    of: ['rpId', 'rpOrigins', 'secondFactor', 'host', 'issuer'],
    check(config) {
      const problem = passkeyProblem(config)
      if (problem !== undefined) return warning('passkeys', problem)
      if (config.rpId === undefined) return ok('passkeys', 'RP_ID is not set.')
      return ok('passkeys', hasPasskeys(config) ? `Passkeys belong to ${config.rpId}.` : 'SECOND_FACTOR is off.')
    }
  },
  {
    of: ['accessTokenTtl'],
    check: ({ accessTokenTtl: life }) =>
      life > longestTokenLife
        ? warning(
            'token-life',
            `ACCESS_TOKEN_TTL is ${life} seconds, and APIs accept a stolen token for that long. Set ${longestTokenLife} or less.`
          )
        : ok('token-life', `Access tokens are valid for ${life} seconds.`)
  },
  {
    of: ['corsOrigins'],
    check: config =>
      risky('cors', config, 'corsOrigins') ??
      ok(
        'cors',
        config.corsOrigins.length > 0
          ? `Pages from ${config.corsOrigins.join(', ')} can call the API.`
          : 'No web page of another origin can call the API.'
      )
  },
  {
    of: ['metrics'],
    check: config =>
      risky('metrics', config, 'metrics') ??
      ok('metrics', config.metrics === undefined ? 'METRICS is not set.' : `Metrics are on ${config.metrics}.`)
  },
  {
    of: ['smtpUrl', 'issuer'],
    check({ smtpUrl, issuer }) {
      if (smtpUrl === undefined)
        return isLocalIssuer(issuer)
          ? ok('mail', 'Messages are written to the log.')
          : warning(
              'mail',
              'SMTP_URL is not set, so messages are dropped. Users cannot verify addresses or reset their passwords by mail.'
            )
      const { protocol, hostname, searchParams } = new URL(smtpUrl)
      return protocol === 'smtps:' || isLoopback(hostname) || searchParams.get('requireTLS') === 'true'
        ? ok('mail', `Messages are sent to ${hostname}.`)
        : warning(
            'mail',
            `The connection to ${hostname} may be unencrypted, which exposes password reset links. Use smtps://, or add ?requireTLS=true to SMTP_URL.`
          )
    }
  },
  {
    of: ['host', 'issuer'],
    check: config =>
      risky('issuer', config, 'issuer') ??
      (!isLoopback(config.host) && config.issuer.startsWith('http:')
        ? error(
            'issuer',
            `HOST ${config.host} accepts passwords from the network without encryption. Put a TLS proxy in front, and set ISSUER to its https URL.`
          )
        : ok('issuer', `HOST is ${config.host} and ISSUER is ${config.issuer}.`))
  }
]

/** The finding about a setting with which the server does not start in production; with INSECURE=allow, a warning. */
function risky(check: string, config: ConfigReport['config'], setting: keyof Config): Finding | undefined {
  const risk = risksOf(config).find(risk => risk.setting === setting)
  return risk && (config.insecure === 'allow' ? warning : error)(check, risk.text)
}
