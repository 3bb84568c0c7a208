import { readdirSync, readFileSync } from 'node:fs'
import type { Test } from 'tap'
import type { ReleasedState } from '../../scripts/release/fill.ts'
import { type EngineName, emptyDatabaseUrl } from './engines.ts'
import { execute } from './store.ts'

const folder = new URL('../released/', import.meta.url)

/** The versions whose databases are stored. */
export const releases = readdirSync(folder)

/** Fills the empty database at `url` as one of the version `release`. Resolves to what a test has to know of it. */
export async function loadRelease(url: string, release: string, engine: EngineName) {
  await execute(url, readFileSync(new URL(`${release}/${engine}.sql`, folder), 'utf8'))
  const states = JSON.parse(readFileSync(new URL(`${release}/state.json`, folder), 'utf8'))
  return states[engine] as ReleasedState
}

/**
 * A database of the version `release` with rows in every table, and what a test has to know of it; at the URL `place`
 * if that is given.
 */
export async function releasedDatabase(t: Test, release: string, engine: EngineName, place?: string) {
  const url = place ?? (await emptyDatabaseUrl(t, engine))
  return { url, state: await loadRelease(url, release, engine) }
}
