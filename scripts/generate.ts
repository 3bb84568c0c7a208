import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  generateDrizzleJson,
  generateMigration,
  generateSQLiteDrizzleJson,
  generateSQLiteMigration
} from 'drizzle-kit/api'
import { build } from '../src/app.ts'
import * as postgres from '../src/store/schema/postgres.ts'
import * as sqlite from '../src/store/schema/sqlite.ts'
import { configFrom } from '../src/wiring/load-config.ts'
import { standards } from '../test/conformance/standards.ts'
import { type ApiDocument, renderApi } from './api-page.ts'
import { renderArchitecture } from './architecture-picture.ts'
import { conformanceProblems } from './cited-tests.ts'
import { commonPasswords } from './common-passwords.ts'
import { renderConformance } from './conformance-page.ts'
import { formatted } from './formatted.ts'
import { filesIn, findImports } from './imports.ts'
import { limitsTable } from './limits-table.ts'
import { renderLlmsTxt } from './llms-txt.ts'
import { withTable } from './markdown-table.ts'
import { renderSecurity, securityProblems } from './security-page.ts'
import { readStandards } from './security-requirements.ts'
import { firstSettings, renderSettings } from './settings-page.ts'
import { namedTests, scenarioTests } from './test-names.ts'

// `npm run generate` writes the files that are generated from the code; `npm run generated` (with --check) writes
// nothing, names each stale file, and exits with 1. The names of migrations are chosen by people, so both commands only
// compare them.

const root = fileURLToPath(new URL('..', import.meta.url))
const read = (path: string) => (existsSync(join(root, path)) ? readFileSync(join(root, path), 'utf8') : '')

/** `docs/openapi.json`: the server's response at `/openapi.json`. */
async function openapi(): Promise<string> {
  const config = configFrom({
    databaseUrl: 'sqlite::memory:',
    secret: 'nothing is sealed or signed here',
    rpId: 'example.com'
  })
  const app = await build({ config }, { logger: false })
  const document = JSON.stringify(app.swagger(), null, 2)
  await app.close()
  return `${document}\n`
}

interface Journal {
  entries: { idx: number; tag: string }[]
}

const readJournal = (dialect: string): Journal => JSON.parse(read(`migrations/${dialect}/meta/_journal.json`))

function newestSnapshot(dialect: string) {
  const newest = readJournal(dialect).entries.at(-1)
  return JSON.parse(read(`migrations/${dialect}/meta/${String(newest?.idx).padStart(4, '0')}_snapshot.json`))
}

/** The problems of the migrations: missing statements, and tags that differ between the engines. */
async function staleMigrations(): Promise<string[]> {
  const missing = {
    sqlite: await generateSQLiteMigration(newestSnapshot('sqlite'), await generateSQLiteDrizzleJson({ ...sqlite })),
    postgres: await generateMigration(newestSnapshot('postgres'), generateDrizzleJson({ ...postgres }))
  }
  const problems = Object.entries(missing)
    .filter(([, statements]) => statements.length > 0)
    .map(([dialect, statements]) => `migrations/${dialect} lacks: ${statements.join(' ')}`)
  const tags = (dialect: string) => readJournal(dialect).entries.map(({ tag }) => tag)
  if (tags('sqlite').join() !== tags('postgres').join()) {
    problems.push('migrations/sqlite and migrations/postgres have different tags')
  }
  return problems
}

/** The imports at run time of each file that the picture of the rooms is made of. */
function runtimeImports(): Map<string, string[]> {
  const files = ['src', 'plugins', 'routes', 'console/src', 'packages/client/src'].flatMap(folder =>
    filesIn(root, folder)
  )
  const namesIn = (file: string) => findImports(root, file).flatMap(({ name, kind }) => (kind === 'type' ? [] : [name]))
  return new Map(files.map(file => [file, namesIn(file)]))
}

const tests = [...scenarioTests(standards), ...namedTests(root)]
const security = readStandards(join(root, 'scripts/security-requirements'))
const check = process.argv.includes('--check')
const document = await openapi()
const api: ApiDocument = JSON.parse(document)
const files: Record<string, string> = {
  'docs/openapi.json': document,
  'docs/api.md': formatted('docs/api.md', renderApi(api)),
  'README.md': formatted('README.md', withTable(read('README.md'), 'settings', firstSettings())),
  'docs/operating.md': formatted('docs/operating.md', withTable(read('docs/operating.md'), 'limits', limitsTable())),
  'docs/architecture.svg': renderArchitecture(runtimeImports()),
  'docs/settings.md': formatted('docs/settings.md', renderSettings()),
  'llms.txt': renderLlmsTxt(read('docs/README.md'), `${JSON.parse(read('package.json')).description}.`),
  'src/auth/passwords/common-passwords.json': commonPasswords(),
  'docs/conformance.md': formatted('docs/conformance.md', renderConformance()),
  'docs/security/asvs.md': formatted('docs/security/asvs.md', renderSecurity(security.standards, tests))
}
const stale = Object.entries(files).filter(([path, text]) => text !== read(path))
const migrationProblems = await staleMigrations()
const citedProblems = conformanceProblems(standards, tests)
const tableProblems = [...security.problems, ...securityProblems(security.standards, tests, root)]

for (const [path, text] of check ? [] : stale) {
  writeFileSync(join(root, path), text)
  console.log(`wrote ${path}`)
}
for (const [path] of check ? stale : []) console.error(`${path} is stale: run npm run generate`)
for (const problem of migrationProblems)
  console.error(`${problem}: generate both migrations under one name, see CONTRIBUTING.md`)
for (const problem of tableProblems) console.error(`${problem}: correct it in scripts/security-requirements/`)
for (const problem of citedProblems) console.error(`${problem}: correct it in test/conformance/`)
const problems = [...migrationProblems, ...tableProblems, ...citedProblems]
process.exitCode = (check && stale.length > 0) || problems.length > 0 ? 1 : 0
