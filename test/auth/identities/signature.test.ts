import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createSignatureCheck } from '../../../src/auth/identities/signature.ts'
import { OAuthError } from '../../../src/errors.ts'
import { startIdentityProvider } from '../../support/identity-provider.ts'

interface Vector {
  tcId: number
  comment: string
  jws: string
  result: 'valid' | 'invalid'
}

interface Group {
  group: string
  keys: Record<string, unknown>[]
  vectors: Vector[]
}

/** The vectors of a file of Project Wycheproof, with the keys of each group. */
function groupsIn(file: string): Group[] {
  const groups: Group[] = []
  for (const line of readFileSync(join(import.meta.dirname, 'wycheproof', file), 'utf8')
    .trimEnd()
    .split('\n')) {
    const value = JSON.parse(line)
    if (value.keys) groups.push({ ...value, vectors: [] })
    else groups.at(-1)?.vectors.push(value)
  }
  return groups
}

/** Vectors of other algorithms, such as HMAC, are refused even where they are valid. */
const algorithms = ['RS256', 'PS256', 'ES256', 'EdDSA', 'Ed25519']

/**
 * Is accepted although invalid: jose does not look for keys with the ROCA vulnerability, and only an issuer can choose
 * one.
 */
const roca = 'rejectsKeyWithRocaVulnerability'

/** The `alg` of a JWS, as far as it can be read. */
const algOf = (jws: string) =>
  /"alg":\s*"([^"]*)"/.exec(Buffer.from(jws.split('.')[0] ?? '', 'base64url').toString())?.[1]

for (const [file, counts] of [
  ['jws.jsonl', { accepted: 16, refused: 385 }],
  ['jwk.jsonl', { accepted: 2, refused: 24 }]
] as const)
  t.test(`Wycheproof: ${file}`, async t => {
    const provider = await startIdentityProvider(t)
    const total = { accepted: 0, refused: 0 }
    for (const { group, keys, vectors } of groupsIn(file)) {
      provider.state.jwks = { keys }
      const check = createSignatureCheck(provider.issuer, { now: () => new Date(), onAttempt() {} })
      const wrong: unknown[] = []
      for (const { tcId, comment, jws, result } of vectors) {
        const outcome = await check(jws).then(
          () => 'accepted' as const,
          error => {
            if (!(error instanceof OAuthError)) throw error
            return 'refused' as const
          }
        )
        const isRight = (result === 'valid' && algorithms.includes(String(algOf(jws)))) || comment === roca
        total[outcome]++
        if (isRight !== (outcome === 'accepted')) wrong.push({ tcId, comment, result, outcome })
      }
      t.strictSame(wrong, [], group)
    }
    t.strictSame(total, counts)
  })
