import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const statuses = ['met', 'in part', 'not met', 'not applicable'] as const
export type Status = (typeof statuses)[number]

/** A requirement of a security standard, and how the server stands to it. */
export interface Requirement {
  /** `6.2.1`, or the section of NIST SP 800-63B-4. Several requirements of a section have its number. */
  number: string
  /** `1` to `3` of ASVS; `SHALL`, `SHOULD` or `definition` of NIST. */
  level: string
  chapter: string
  /** The demand, in our own words. */
  asks: string
  status: Status
  /** Files below the root of the project. */
  where: string[]
  /** Names of tests, as they are registered. Tests that cite the number in their name are found without this. */
  tests: string[]
  /** The gap, the reason why it does not apply, or what else a reader has to know. */
  note?: string
}

export interface SecurityStandard {
  name: string
  /** How the name of a test cites it, before the number. */
  cite: 'ASVS' | 'NIST SP 800-63B-4'
  /** The numbers that the table has. */
  covers: RegExp
  requirements: Requirement[]
}

const rowLine = /^- (\d[\d.]*) \((1|2|3|SHALL|SHOULD|definition)\) ([^:]+): (.+)$/
const memberLine = /^ {2}- (\w+): (.+)$/
const isStatus = (status: string): status is Status => (statuses as readonly string[]).includes(status)

/**
 * The requirements in the text of a file of `scripts/security-requirements/`: below the heading of its chapter, each
 * has a line `- NUMBER (LEVEL) STATUS: what it asks`, and below it `where` with paths, a `test` for each name, and
 * `note`. Whatever else the text has is a problem.
 */
export function parseRequirements(file: string, text: string): { requirements: Requirement[]; problems: string[] } {
  const requirements: Requirement[] = []
  const problems: string[] = []
  let chapter = ''
  for (const [index, line] of text.split('\n').entries()) {
    const problem = (text: string) => problems.push(`${file}:${index + 1} ${text}`)
    const [, number = '', level = '', status = '', asks = ''] = rowLine.exec(line) ?? []
    const [, member = '', value = ''] = memberLine.exec(line) ?? []
    const row = requirements.at(-1)
    if (line.startsWith('## ')) chapter = line.slice(3)
    else if (number && !isStatus(status)) problem(`has an unknown status: ${status}`)
    else if (number && !chapter) problem('has a requirement before the first chapter')
    else if (number) requirements.push({ number, level, chapter, asks, status: status as Status, where: [], tests: [] })
    else if (member && !row) problem(`has a ${member} before the first requirement`)
    else if (row && member === 'where') row.where.push(...value.split(', '))
    else if (row && member === 'test') row.tests.push(value)
    else if (row && member === 'note' && !row.note) row.note = value
    else if (member) problem(`has an unknown or a second member: ${member}`)
    else if (line && !line.startsWith('# ')) problem(`is not a requirement: ${line}`)
  }
  return { requirements, problems }
}

/** The standards of `docs/security/asvs.md`, each from its files in `folder`, and what is wrong with these. */
export function readStandards(folder: string): { standards: SecurityStandard[]; problems: string[] } {
  const problems: string[] = []
  const read = (prefix: string) =>
    readdirSync(folder)
      .filter(file => file.startsWith(prefix))
      .sort()
      .flatMap(file => {
        const parsed = parseRequirements(file, readFileSync(join(folder, file), 'utf8'))
        problems.push(...parsed.problems)
        return parsed.requirements
      })
  const standards: SecurityStandard[] = [
    { name: 'OWASP ASVS 5.0', cite: 'ASVS', covers: /^(?:[1-46-9]|1[0-6])\./, requirements: read('asvs-') },
    {
      name: 'NIST SP 800-63B-4',
      cite: 'NIST SP 800-63B-4',
      covers: /^(2|3\.[12]|4\.[12])(\.|$)/,
      requirements: read('nist-')
    }
  ]
  return { standards, problems }
}
