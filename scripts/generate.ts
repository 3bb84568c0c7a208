import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
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
import { actionsList } from './audit-actions.ts'
import { conformanceProblems } from './cited-tests.ts'
import { commonPasswords } from './common-passwords.ts'
import { renderConformance, standardsTable } from './conformance-page.ts'
import { caches, figuresTable, lifetimes, repeatedFigures, sizes } from './figures.ts'
import { formatted } from './formatted.ts'
import { filesIn, findImports } from './imports.ts'
import { limitsTable } from './limits-table.ts'
import { renderLlmsTxt } from './llms-txt.ts'
import { withTable } from './markdown-table.ts'
import { renderSecurity, securityProblems, securitySummary } from './security-page.ts'
import { readStandards } from './security-requirements.ts'
import { renderSettings } from './settings-page.ts'
import { namedTests, scenarioTests } from './test-names.ts'

// `npm run generate` writes the files that are generated from the code; `npm run generated` (with --check) writes
// nothing, names each stale file, and exits with 1. The names of migrations are chosen by people, so both commands only
// compare them. With --release FOLDER it writes only the three long lists that a release has and the project has not.

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

const { check, release } = parseArgs({ options: { check: { type: 'boolean' }, release: { type: 'string' } } }).values
const tests = [...scenarioTests(standards), ...namedTests(root)]
const security = readStandards(join(root, 'scripts/security-requirements'))
const document = await openapi()
const api: ApiDocument = JSON.parse(document)
const page = (path: string, text: string) => ({ [path]: formatted(path, text) })
/** The page at `path` with each table between the two markers of its name. */
const tables = (path: string, byName: Record<string, string>) =>
  page(
    path,
    Object.entries(byName).reduce((text, [name, table]) => withTable(text, name, table), read(path))
  )
const lists: Record<string, string> = {
  'api.md': renderApi(api),
  'conformance.md': renderConformance(),
  'asvs.md': renderSecurity(security, tests)
}

/** The pages in `folder` that people write, but the one of the limits. */
function pagesIn(folder: string): Map<string, string> {
  const names = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const paths = names.filter(name => name.endsWith('.md') && !/^(limits|settings)\.md$/.test(name))
  return new Map(paths.map(path => [join(folder, path), read(join(folder, path))]))
}

async function writeOrCheck() {
  const files: Record<string, string> = {
    'docs/openapi.json': document,
    ...tables('docs/limits.md', {
      limits: limitsTable(),
      lifetimes: figuresTable(['What', 'How long'], lifetimes),
      sizes: figuresTable(['What', 'At most'], sizes),
      caches: figuresTable(['What', 'At most'], caches)
    }),
    ...tables('docs/audit.md', { actions: actionsList() }),
    ...tables('docs/evidence/standards.md', { standards: standardsTable() }),
    ...tables('docs/evidence/assurance.md', { requirements: securitySummary(security) }),
    'docs/architecture.svg': renderArchitecture(runtimeImports()),
    ...page('docs/settings.md', renderSettings()),
    'llms.txt': renderLlmsTxt(read('docs/README.md'), `${JSON.parse(read('package.json')).description}.`),
    'src/auth/passwords/common-passwords.json': commonPasswords()
  }
  const stale = Object.entries(files).filter(([path, text]) => text !== read(path))
  for (const [path, text] of check ? [] : stale) {
    writeFileSync(join(root, path), text)
    console.log(`wrote ${path}`)
  }
  const problems = [
    ...(check ? stale : []).map(([path]) => `${path} is stale: run npm run generate`),
    ...(await staleMigrations()).map(
      problem => `${problem}: generate both migrations under one name, see CONTRIBUTING.md`
    ),
    ...securityProblems(security, tests, root).map(
      problem => `${problem}: correct it in scripts/security-requirements/`
    ),
    ...repeatedFigures(new Map(['docs', 'packages'].flatMap(folder => [...pagesIn(folder)]))),
    ...conformanceProblems(standards, tests).map(problem => `${problem}: correct it in test/conformance/`)
  ]
  for (const problem of problems) console.error(problem)
  process.exitCode = problems.length > 0 ? 1 : 0
}

if (release === undefined) await writeOrCheck()
else for (const [name, text] of Object.entries(lists)) writeFileSync(join(release, name), text)
