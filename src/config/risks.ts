import { ConfigError } from '../base/errors.ts'
import { addressOf, isWildcard } from './addresses.ts'
import { type Config, envName, isProduction } from './config.ts'
import { isLocalIssuer } from './loopback.ts'

/** A setting that is not safe for a public server, and what to set instead. */
export interface Risk {
  setting: keyof Config
  text: string
}

type Judged = Pick<Config, 'issuer' | 'metrics' | 'corsOrigins'>

/** The risks of these settings. `nameOf` is the name of a setting in its source: a variable or an option. */
export function risksOf(
  { issuer, metrics, corsOrigins }: Judged,
  nameOf: (setting: keyof Config) => string = envName
): Risk[] {
  const risks: (Risk | false)[] = [
    issuer.startsWith('http:') &&
      !isLocalIssuer(issuer) && {
        setting: 'issuer',
        text: `${nameOf('issuer')} ${issuer} does not use https: passwords and tokens are sent unencrypted. Put a TLS proxy in front, and set ${nameOf('issuer')} to its https URL.`
      },
    metrics !== undefined &&
      isWildcard(addressOf(metrics).host) && {
        setting: 'metrics',
        text: `${nameOf('metrics')} ${metrics} offers the metrics to every network of this machine. Set ${nameOf('metrics')} to the one address at which Prometheus reads them.`
      },
    corsOrigins.includes('*') && {
      setting: 'corsOrigins',
      text: `${nameOf('corsOrigins')} contains *, so any web page can call the API. List the origins of your pages instead.`
    }
  ]
  return risks.filter(risk => risk !== false)
}

/**
 * The risks to warn of when the server starts; none with INSECURE=allow. In production, by default with
 * NODE_ENV=production in the environment, throws a ConfigError that names them instead.
 */
export function assertSafe(
  config: Judged & Pick<Config, 'insecure'>,
  nameOf = envName,
  mustBeSafe = isProduction()
): string[] {
  if (config.insecure === 'allow') return []
  const risks = risksOf(config, nameOf).map(({ text }) => text)
  if (risks.length === 0 || !mustBeSafe) return risks
  throw new ConfigError([...risks, `NODE_ENV is production: set ${nameOf('insecure')} to allow to start anyway.`])
}
