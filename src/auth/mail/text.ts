import { lifeOf, type Purpose } from './one-time-tokens.ts'

/**
 * The variable parts of a text: the host of the issuer, the time of the event, and the link, code or username of its
 * kind.
 */
export interface Facts {
  site: string
  at: Date
  link?: string
  code?: string
  username?: string
}

/** The text of a kind of message. */
export type Text = (facts: Facts) => { subject: string; text: string }

/** A time in UTC, to the minute. */
export const minute = (at: Date) => at.toISOString().slice(0, 16).replace('T', ' ')

/** The lifetime of a link, in words. */
export const lifetime = (purpose: Purpose) => {
  const hours = lifeOf[purpose] / 3600
  if (hours === 1) return 'one hour'
  return hours > 72 ? `${hours / 24} days` : `${hours} hours`
}
