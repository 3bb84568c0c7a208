import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Static, Type } from '@sinclair/typebox'
import { Value } from '@sinclair/typebox/value'

/** How the server stands to a requirement. */
export const states = ['met', 'in part', 'not met', 'not applicable'] as const

/** A requirement of a security standard, and how the server stands to it. */
export type Requirement = Static<typeof RequirementSchema>
const RequirementSchema = Type.Object(
  {
    /** `6.2.1`, or the section of NIST SP 800-63B-4. Several requirements of a section have its number. */
    id: Type.String({ pattern: '^\\d[\\d.]*$' }),
    /** The title of the part of the chapter. */
    section: Type.String({ minLength: 1 }),
    /** `1` to `3` of ASVS, or the word of NIST. */
    level: Type.Union(['1', '2', '3', 'SHALL', 'SHOULD', 'definition'].map(level => Type.Literal(level))),
    state: Type.Union(states.map(state => Type.Literal(state))),
    /** The demand, in our own words. */
    text: Type.String({ minLength: 1 }),
    /** Files below the root of the project. */
    where: Type.Array(Type.String()),
    /** Names of tests, as they are registered. Tests that cite the number in their name are found without this. */
    tests: Type.Array(Type.String()),
    /** The gap, the reason why it does not apply, or what else a reader has to know. */
    note: Type.Optional(Type.String({ minLength: 1 }))
  },
  { additionalProperties: false }
)

/** A file of `scripts/security-requirements/`. */
type Chapter = Static<typeof ChapterSchema>
const ChapterSchema = Type.Object(
  { title: Type.String(), requirements: Type.Array(RequirementSchema) },
  { additionalProperties: false }
)

export interface SecurityStandard {
  name: string
  /** How the name of a test cites it, before the number. */
  cite: 'ASVS' | 'NIST SP 800-63B-4'
  /** The numbers that the table has. */
  covers: RegExp
  chapters: Chapter[]
}

/** Throws with the path of the fault if the file is not a chapter. */
function readChapter(path: string): Chapter {
  const chapter: unknown = JSON.parse(readFileSync(path, 'utf8'))
  const fault = Value.Errors(ChapterSchema, chapter).First()
  if (fault) throw new Error(`${path}#${fault.path}: ${fault.message}`)
  return chapter as Chapter
}

/** The two standards, each from its files in `folder`. */
export function readStandards(folder: string): SecurityStandard[] {
  const chapters = (prefix: string) =>
    readdirSync(folder)
      .filter(file => file.startsWith(prefix))
      .sort()
      .map(file => readChapter(join(folder, file)))
  return [
    { name: 'OWASP ASVS 5.0', cite: 'ASVS', covers: /^(?:[1-46-9]|1[0-6])\./, chapters: chapters('asvs-') },
    {
      name: 'NIST SP 800-63B-4',
      cite: 'NIST SP 800-63B-4',
      covers: /^(2|3\.[12]|4\.[12])(\.|$)/,
      chapters: chapters('nist-')
    }
  ]
}
