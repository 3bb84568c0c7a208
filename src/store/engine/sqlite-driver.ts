import { createRequire } from 'node:module'
import type Database from 'better-sqlite3'
import { StoreError } from '../errors.ts'

const require = createRequire(import.meta.url)
const firstNodeFor13 = 22

/**
 * The package that provides better-sqlite3 for this Node.js, with its version: `better-sqlite3`, version 13 or newer,
 * from Node.js 22 on. On Node.js 20 it is version 12: `better-sqlite3`, as npm chooses it there, or
 * `better-sqlite3-12`, which a clone installs beside the locked version. Throws a StoreError with instructions when
 * neither fits: 13 crashes Node.js 20 with a segmentation fault, and 12 aborts Node.js 24 (nodejs/node#65446).
 */
export function sqliteDriver(node = process.versions.node, versionOf = installedVersion) {
  const needs13 = Number.parseInt(node, 10) >= firstNodeFor13
  const installed = ['better-sqlite3', ...(needs13 ? [] : ['better-sqlite3-12'])].flatMap(name => {
    const version = versionOf(name)
    return version === undefined ? [] : [{ name, version }]
  })
  const driver = installed.find(({ version }) => Number.parseInt(version, 10) >= 13 === needs13)
  if (driver) return driver
  const found = installed[0] ? `${installed[0].version} is installed` : 'it is not installed'
  const remedy = needs13
    ? 'Install better-sqlite3 13, and check for an override that prevents it'
    : 'Run npm install better-sqlite3@12, or use Node.js 22 or newer'
  throw new StoreError(
    'failed',
    `Node.js ${node} needs better-sqlite3 ${needs13 ? '13 or newer' : '12'}, but ${found}. ${remedy}.`
  )
}

/** Opens a SQLite database with the driver for this Node.js. Throws the errors of `sqliteDriver` and of the driver. */
export function openDatabase(path: string, options?: Database.Options): Database.Database {
  const { name } = sqliteDriver()
  const Driver = require(name) as typeof Database
  return new Driver(path, options)
}

/** The version of an installed package, or `undefined` when it is not installed. */
export function installedVersion(name: string): string | undefined {
  try {
    return require(`${name}/package.json`).version
  } catch {
    return undefined
  }
}
