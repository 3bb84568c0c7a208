import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The vectors of a set, a file in `sets/`, each with the members of its group, such as the key. */
export function vectorsIn<T>(set: string): { vectors: T[] } {
  const { groups } = JSON.parse(readFileSync(join(import.meta.dirname, 'sets', `${set}.json`), 'utf8'))
  const vectors = groups.flatMap(({ vectors, ...group }: { vectors: object[] }) =>
    vectors.map(one => ({ ...group, ...one }))
  )
  return { vectors }
}

/** A vector of Wycheproof; `acceptable` is one that a library may accept or refuse. */
export interface WycheproofVector {
  tcId: number
  comment: string
  result: 'valid' | 'invalid' | 'acceptable'
}

/** The bytes of a member in hexadecimal. */
export const hex = (text: string) => Buffer.from(text, 'hex')

/**
 * The vectors that `check` accepts although they are invalid, or refuses although they are valid; and how many of
 * each outcome there are.
 */
export async function compare<T extends WycheproofVector>(
  vectors: T[],
  check: (vector: T) => boolean | Promise<boolean>
) {
  const counts = { accepted: 0, refused: 0 }
  const wrong: string[] = []
  for (const vector of vectors) {
    const isAccepted = await check(vector)
    counts[isAccepted ? 'accepted' : 'refused']++
    if (isAccepted !== (vector.result === 'valid'))
      wrong.push(`${vector.tcId} ${vector.comment}: ${vector.result}, but ${isAccepted ? 'accepted' : 'refused'}`)
  }
  return { counts, wrong }
}

/** The same vectors for code that refuses RSA keys with the exponent 3 (`Aw`), so that it accepts none of theirs. */
export const withoutExponent3 = <T extends WycheproofVector & { key: { e?: string } }>(vectors: T[]): T[] =>
  vectors.map(vector => (vector.key.e === 'Aw' ? { ...vector, result: 'invalid' } : vector))
