/** What else there is to say of an event: members with plain values. */
export type AuditDetail = Record<string, string | number | boolean>

/**
 * The detail that a database gave, with its JSON. What is none, since somebody changed it by hand, becomes
 * `{"unreadable": "…"}`, so that one damaged row does not hide the others.
 */
export const readDetail = (value: unknown, json = JSON.stringify(value)): AuditDetail =>
  isDetail(value) ? value : { unreadable: json }

/** The same from a text. */
export function parseDetail(text: string): AuditDetail {
  try {
    return readDetail(JSON.parse(text), text)
  } catch {
    return readDetail(undefined, text)
  }
}

const isDetail = (value: unknown): value is AuditDetail =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isPlain)

const isPlain = (value: unknown) =>
  typeof value === 'number' ? Number.isFinite(value) : typeof value === 'string' || typeof value === 'boolean'
