import { texts } from '../../texts.ts'

const t = texts.keys

interface Key {
  state: 'published' | 'signs' | 'verifies' | 'expired'
  signs_at: string
  expires_at: string | null
}

/** The state of a key in words. `format` writes a time. */
export function wordsFor({ state, signs_at, expires_at }: Key, format: (time: string) => string): string {
  if (state === 'published') return t.comes(format(signs_at))
  // The newest key, while a node has published it for less than the time of a cached JWKS.
  if (state === 'verifies' && !expires_at) return t.waits
  if (!expires_at) return t.signs
  return { signs: t.signsUntil, verifies: t.verifies, expired: t.expired }[state](format(expires_at))
}
