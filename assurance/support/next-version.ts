import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { packageVersion } from '../../src/base/package.ts'
import type { Command } from '../../test/support/built.ts'
import { writeNextMigration } from '../../test/support/next-migration.ts'

/** The number of the minor version after this one. */
export const nextVersion = packageVersion.replace(/\d+\.\d+$/, rest => `${Number.parseInt(rest, 10) + 1}.0`)

/** The program of a version in the folder `folder`. */
export const programIn = (folder: string): Command => [process.execPath, join(folder, 'bin/sallyport.cjs')]

/**
 * Writes the next minor version to the new folder `folder`: the built program, and a migration more that leaves this
 * version able to run.
 */
export function writeNextVersion(folder: string): void {
  mkdirSync(folder)
  for (const part of ['bin', 'dist', 'texts']) cpSync(part, join(folder, part), { recursive: true })
  symlinkSync(resolve('node_modules'), join(folder, 'node_modules'))
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'))
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ ...manifest, version: nextVersion }))
  for (const engine of ['sqlite', 'postgres'] as const)
    writeNextMigration(join(folder, 'migrations', engine), engine, [
      `-- Runs with ${packageVersion}\nALTER TABLE users ADD COLUMN next text DEFAULT 'next'`,
      'CREATE TABLE next (user_id text NOT NULL REFERENCES users (id) ON DELETE CASCADE, at text)',
      'CREATE INDEX users_next ON users (next)'
    ])
}
