import type { Config, ConfigReport } from '../config/config.ts'
import { error, type Finding, ok, warning } from './finding.ts'
import { isLocalIssuer, isLoopback } from './loopback.ts'

const longestTokenLife = 3600

/**
 * Whether the settings are valid, and whether their values are advisable. An invalid setting is not examined further.
 */
export function checkSettings({ config, problems, wrong }: ConfigReport): Finding[] {
  const found = problems.map(problem => error('settings', problem))
  if (found.length === 0) found.push(ok('settings', 'Every setting is valid.'))
  return [
    ...found,
    ...judgements.filter(({ of }) => of.every(name => !wrong.has(name))).map(({ judge }) => judge(config))
  ]
}

const judgements: { of: (keyof Config)[]; judge: (config: ConfigReport['config']) => Finding }[] = [
  {
    of: ['registration', 'host', 'issuer'],
    judge({ registration, host, issuer }) {
      if (registration === 'closed') return ok('registration', 'Only operators make accounts.')
      return isLoopback(host) && isLocalIssuer(issuer)
        ? ok('registration', 'Anyone on this machine may make an account.')
        : warning(
            'registration',
            'REGISTRATION is open, and anyone who reaches the server may make an account: set REGISTRATION=closed unless that is meant.'
          )
    }
  },
  {
    of: ['bcryptCost'],
    judge({ bcryptCost: cost }) {
      if (cost < 10)
        return error(
          'bcrypt-cost',
          `BCRYPT_COST is ${cost}, and hashes that leak are guessed quickly: set 12, or at least 10.`
        )
      return cost < 12
        ? warning('bcrypt-cost', `BCRYPT_COST is ${cost}: set 12, unless the machine cannot keep up.`)
        : ok('bcrypt-cost', `BCRYPT_COST is ${cost}.`)
    }
  },
  {
    of: ['passwordMinLength'],
    judge: ({ passwordMinLength: length }) =>
      length < 15
        ? warning(
            'password-length',
            `PASSWORD_MIN_LENGTH is ${length}: NIST SP 800-63B-4 wants 15 where a password is all there is.`
          )
        : ok('password-length', `New passwords have ${length} characters or more.`)
  },
  {
    of: ['accessTokenTtl'],
    judge: ({ accessTokenTtl: life }) =>
      life > longestTokenLife
        ? warning(
            'token-life',
            `ACCESS_TOKEN_TTL is ${life} seconds, and other services accept a stolen token for as long: set ${longestTokenLife} or less.`
          )
        : ok('token-life', `Access tokens live for ${life} seconds.`)
  },
  {
    of: ['corsOrigins'],
    judge: ({ corsOrigins: origins }) =>
      origins.includes('*')
        ? warning('cors', 'CORS_ORIGINS has *, so that every web page may call the API: name the origins of yours.')
        : ok('cors', origins.length > 0 ? `Pages of ${origins.join(', ')} may call the API.` : 'No web page may call.')
  },
  {
    of: ['smtpUrl', 'issuer'],
    judge({ smtpUrl, issuer }) {
      if (smtpUrl === undefined)
        return isLocalIssuer(issuer)
          ? ok('mail', 'Messages go to the log.')
          : warning(
              'mail',
              'SMTP_URL is not set, and messages go to the log: nobody can choose a new password by mail.'
            )
      const { protocol, hostname, searchParams } = new URL(smtpUrl)
      return protocol === 'smtps:' || isLoopback(hostname) || searchParams.get('requireTLS') === 'true'
        ? ok('mail', `Messages go to ${hostname}.`)
        : warning(
            'mail',
            `Whoever is between here and ${hostname} can read links that set passwords: write smtps://, or add ?requireTLS=true to SMTP_URL.`
          )
    }
  },
  {
    of: ['host', 'issuer'],
    judge: ({ host, issuer }) =>
      !isLoopback(host) && issuer.startsWith('http:')
        ? error(
            'plain-http',
            `HOST ${host} takes passwords from the network without encryption: put a proxy with TLS in front and set ISSUER to its https URL.`
          )
        : ok('plain-http', `HOST is ${host}, the issuer ${issuer}.`)
  }
]
