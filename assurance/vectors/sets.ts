import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where the vectors of a file come from. */
interface Origin {
  /** The title or address, and the section or the file there. */
  source: string
  /** The commit or version, if it has one. */
  commit?: string
  licence: string
  /** The day on which the file was cut. */
  read: string
}

/** The sets of vectors: the files in `sets/`. */
export const folder = join(import.meta.dirname, 'sets')

/** The vectors of a set, each with the members of its group, such as the key. */
export function vectorsIn<T>(set: string): { origin: Origin; vectors: T[] } {
  const { groups, ...origin } = JSON.parse(readFileSync(join(folder, `${set}.json`), 'utf8'))
  return {
    origin,
    vectors: groups.flatMap(({ vectors, ...group }: { vectors: object[] }) =>
      vectors.map(one => ({ ...group, ...one }))
    )
  }
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
