import type { Config } from '../config/config.ts'
import type { Finding } from './finding.ts'
import { checkTrust } from './proxy.ts'
import { checkSecret } from './secret.ts'
import { checkSettings } from './settings.ts'

/** A finding that asks for a change. */
export type Advice = Finding & { level: 'warning' | 'error' }

/** The advice of a running server about its own settings, without a look at its surroundings. */
export function checkRunning({ secret, ...config }: Config): Advice[] {
  const report = { config, secret: { value: secret }, problems: [], wrong: new Set<keyof Config>() }
  return [...checkSettings(report), ...checkSecret(report), checkTrust(config)].filter(isAdvice)
}

const isAdvice = (finding: Finding): finding is Advice => finding.level !== 'ok'
