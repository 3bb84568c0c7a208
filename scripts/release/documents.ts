import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

interface Release {
  version: string
  commit: string
  notes: string
}

/**
 * Writes into `folder` what a release has besides its packages: notes, licences, bill of materials, the list of every
 * operation of the API, those of every requirement of the standards and of ASVS, and sums of all.
 */
export function writeDocuments(folder: string, { version, commit, notes }: Release): void {
  const write = (name: string, content: string) => writeFileSync(join(folder, name), content)
  write('NOTES.md', `# Sallyport ${version}\n\nCommit ${commit}\n\n${notes}\n`)
  write('licenses.txt', ['bin', 'console'].map(licensesIn).join('\n----\n\n'))
  const bill = ['--import=tsx', 'scripts/sbom.ts']
  write(`sallyport-${version}.cdx.json`, execFileSync(process.execPath, bill, { encoding: 'utf8', maxBuffer: 2 ** 26 }))
  execFileSync(process.execPath, ['--import=tsx', 'scripts/generate.ts', '--release', folder])
  const sums = readdirSync(folder)
    .sort()
    .map(name => `${sha256(readFileSync(join(folder, name)))}  ${name}\n`)
  write('SHA256SUMS', sums.join(''))
}

const licensesIn = (part: string) => readFileSync(join('dist', part, 'licenses.txt'), 'utf8')

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
