/** Whether a token with this claim `aud` is for `audience` (RFC 7519 §4.1.3). */
export const isFor = (aud: unknown, audience: string): boolean =>
  typeof aud === 'string' ? aud === audience : Array.isArray(aud) && aud.includes(audience)
