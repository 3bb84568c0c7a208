export type Status = 'met' | 'in part' | 'not met' | 'not applicable'

/** A requirement of a security standard, and how the server stands to it. */
export interface Requirement {
  /** `6.2.1`, or the section of NIST SP 800-63B-4. Several requirements of a section have its number. */
  number: string
  /** `1` to `3` of ASVS; `SHALL`, `SHOULD` or `definition` of NIST. */
  level: string
  chapter: string
  /** What it asks, in our own words. */
  asks: string
  status: Status
  /** Files below the root of the project. */
  where?: string[]
  /** Names of tests, as they are registered. Tests that cite the number in their name are found without this. */
  tests?: string[]
  /** What is missing, why it does not apply, or what a reader has to know. */
  note?: string
}

type Rest = Pick<Requirement, 'where' | 'tests' | 'note'>
type Row = [number: string, level: string, asks: string, status: Status, rest: Rest]

/** The requirements of a section of a standard. */
export const chapter = (title: string, rows: Row[]): Requirement[] =>
  rows.map(([number, level, asks, status, rest]) => ({ number, level, chapter: title, asks, status, ...rest }))

/** Rows that do not apply, all for one reason. */
export const without = (note: string, rows: [number: string, level: string, asks: string][]): Row[] =>
  rows.map(([number, level, asks]) => [number, level, asks, 'not applicable', { note }])
