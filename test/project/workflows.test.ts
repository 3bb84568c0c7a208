import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { parse } from 'yaml'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const folder = '.github/workflows'
const workflows = readdirSync(join(root, folder))

interface Step {
  uses?: string
  run?: string
  with?: Record<string, unknown>
}

interface Workflow {
  on: unknown
  permissions?: Record<string, string>
  jobs: Record<string, { permissions?: Record<string, string>; steps: Step[] }>
}

const isReadOnly = (permissions: unknown) =>
  typeof permissions === 'object' && Object.values(permissions ?? {}).every(access => access === 'read')

/** The names of the events that start a workflow. */
const eventsOf = (on: unknown) => (typeof on === 'object' ? Object.keys(on ?? {}) : [String(on)])

/** The commands that run the code of dependencies, which could use the identity of their job. */
const installs = (steps: Step[]) =>
  steps.flatMap(({ run }) =>
    Array.from(run?.match(/\b(npm (ci|i|install|run|exec|test)|npx)\b/g) ?? [], command => `an identity for ${command}`)
  )

/** The ways in which a pull request, a moved tag of an action or a step could do more than they have to. */
function problemsOf(text: string): string[] {
  const { on, permissions, jobs } = parse(text) as Workflow
  const steps = Object.values(jobs).flatMap(job => job.steps)
  const unpinned = text.match(/^.*\buses:(?! [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$).*$/gm) ?? []
  const keepsToken = ({ uses, with: options }: Step) =>
    uses?.startsWith('actions/checkout@') && options?.['persist-credentials'] !== false
  return [
    ...unpinned.map(line => `not pinned: ${line.trim()}`),
    ...(permissions !== undefined && isReadOnly(permissions) ? [] : ['permissions that are not read-only']),
    ...eventsOf(on)
      .filter(event => ['pull_request_target', 'workflow_run', 'issue_comment'].includes(event))
      .map(event => `runs with write access on ${event}`),
    ...Object.values(jobs).flatMap(job => (job.permissions?.['id-token'] === 'write' ? installs(job.steps) : [])),
    ...steps.filter(keepsToken).map(() => 'leaves the token in the checkout'),
    // Also those of `github.event`, whose text a stranger writes. Variables of `env` are safe.
    ...steps.filter(({ run }) => run?.includes('${{')).map(({ run }) => `an expression in a command: ${run}`)
  ]
}

t.test('Workflows pin actions by commit, only read unless a job says so, and run no text of strangers', async t => {
  t.ok(workflows.length > 4)
  for (const file of workflows) t.strictSame(problemsOf(read(join(folder, file))), [], file)
})

t.test(
  'Three jobs may write: results of scans, and the token with which npm and Scorecard know the workflow',
  async t => {
    const writes = workflows.flatMap(file =>
      Object.values((parse(read(join(folder, file))) as Workflow).jobs).flatMap(({ permissions = {} }) =>
        Object.entries(permissions).flatMap(([name, access]) =>
          access === 'read' ? [] : [`${file} ${name} ${access}`]
        )
      )
    )
    t.strictSame(writes.sort(), [
      'codeql.yml security-events write',
      'release.yml id-token write',
      'scorecard.yml id-token write',
      'scorecard.yml security-events write'
    ])
  }
)

t.test('Packages are published with the Node.js that packed them', async t => {
  const { jobs } = parse(read(join(folder, 'release.yml'))) as Workflow
  const versions = jobs.publish?.steps.flatMap(step => step.with?.['node-version'] ?? [])
  t.strictSame(versions, [Number(read('.nvmrc'))])
})

t.test('The licenses that a new dependency may have are those in the lock files', async t => {
  const { jobs } = parse(read(join(folder, 'dependency-review.yml'))) as Workflow
  const options = jobs.review?.steps.at(-1)?.with ?? {}
  const allowed = String(options['allow-licenses']).split(/,\s*/)
  const exempt = decodeURIComponent(String(options['allow-dependencies-licenses'])).split(/,\s*/)
  const folders = ['.', ...readdirSync(root), ...readdirSync(join(root, 'tools')).map(name => `tools/${name}`)]
  const locks = folders.map(name => `${name}/package-lock.json`).filter(path => existsSync(join(root, path)))
  t.ok(locks.length > 3)
  const used = new Set<string>()
  for (const path of locks) {
    const packages: [string, { license?: string }][] = Object.entries(JSON.parse(read(path)).packages)
    for (const [at, { license = '' }] of packages)
      if (!exempt.includes(`pkg:npm/${at.split('node_modules/').at(-1)}`)) used.add(license.replaceAll(/[()]/g, ''))
  }
  // Without a license in the lock file, the action asks GitHub, and warns.
  used.delete('')
  const fits = (license: string) =>
    license.split(' AND ').every(part => part.split(' OR ').some(name => allowed.includes(name)))
  t.strictSame(
    [...used].filter(license => !fits(license)),
    []
  )
  const names = [...used].flatMap(license => license.split(/ AND | OR /))
  t.strictSame(
    allowed.filter(name => !names.includes(name)),
    []
  )
})

t.test('Dependabot renews the pins', async t => {
  const { updates } = parse(read('.github/dependabot.yml'))
  t.ok(updates.some((update: Record<string, string>) => update['package-ecosystem'] === 'github-actions'))
})
