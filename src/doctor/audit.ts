import type { Probe } from '../store/inspect/probe.ts'
import { type Finding, ok, warning } from './finding.ts'

const toleratedMs = 60_000

/** Checks whether new audit events are sealed. */
export function checkAudit({ unsealedSince }: Probe, now: Date): Finding {
  // Also true for an invalid time.
  if (!unsealedSince || !(now.getTime() - unsealedSince.getTime() > toleratedMs))
    return ok('audit', 'New audit events are sealed.')
  return warning(
    'audit',
    `Audit events have not been sealed since ${unsealedSince.toISOString()}. A running server seals them every second: start it, or look for "failed to seal" in its log.`
  )
}

/** Checks whether the events of every webhook are accepted. */
export const checkWebhooks = ({ stuckWebhooks = 0 }: Probe): Finding =>
  stuckWebhooks === 0
    ? ok('webhooks', 'No receiver of a webhook refuses events.')
    : warning(
        'webhooks',
        `${stuckWebhooks} webhook(s) wait because their receivers accept no event. \`sallyport webhooks list --json\` shows the last errors.`
      )
