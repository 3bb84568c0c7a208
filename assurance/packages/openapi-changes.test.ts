import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { withTools } from '../../scripts/tool.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
/** Finds its tools from the root only. */
const runner = 'tsx scripts/tool.ts tools/static '
const { contract } = JSON.parse(read('package.json')).scripts as { contract: string }

/** The parts of the document that these tests change. */
interface Document {
  info: { version: string }
  paths: Record<string, object>
  components: {
    schemas: Record<string, { properties: Record<string, object>; required: string[] }>
  }
}

type Edit = (paths: Document['paths'], schemas: Document['components']['schemas']) => void

function documentOf(version: string, edit: Edit) {
  const document = JSON.parse(read('docs/openapi.json')) as Document
  document.info.version = version
  const schemas = document.components.schemas
  edit(document.paths, schemas)
  return JSON.stringify(document)
}

/** The output of `npm run contract` for `edit` between a release and the next version. */
function judge(t: Test, [released, next]: [string, string], edit: Edit) {
  const docs = {
    'redocly.yaml': read('docs/redocly.yaml'),
    'openapi.released.json': documentOf(released, () => {}),
    'openapi.json': documentOf(next, edit)
  }
  const { status, stdout, stderr } = spawnSync('sh', ['-c', contract.replace(runner, '')], {
    cwd: t.testdir({ docs }),
    encoding: 'utf8',
    env: { ...withTools('tools/static'), NODE_OPTIONS: '' }
  })
  return { status, report: stdout + stderr }
}

const breaking: Edit = (paths, { User, Registration, TokenRequest }) => {
  delete paths['/users/me/password']
  delete User?.properties.full_name
  Registration?.required.push('email')
  Object.assign(TokenRequest?.properties.grant_type ?? {}, { enum: ['password'] })
}

const adding: Edit = (paths, { User, Registration }) => {
  paths['/ping'] = { get: { operationId: 'ping', summary: 'Ping', responses: { 204: { description: 'Yes' } } } }
  Object.assign(User?.properties ?? {}, { nickname: { type: 'string' } })
  User?.required.push('nickname')
  Object.assign(Registration?.properties ?? {}, { nickname: { type: 'string' } })
}

t.test('A breaking change is refused, and each break is named', async t => {
  const { status, report } = judge(t, ['0.1.0', '0.1.1'], breaking)
  t.equal(status, 1, report)
  for (const rule of ['path-removed', 'property-removed', 'required-properties-added', 'enum-values-removed'])
    t.match(report, `(${rule})`)
  t.match(report, 'these changes require a minor bump (0.2.0)')
})

t.test('Below 1.0.0 a new minor version may break the contract (Semantic Versioning 2.0.0 §4)', async t => {
  const { status, report } = judge(t, ['0.1.0', '0.2.0'], breaking)
  t.equal(status, 0, report)
})

t.test('An addition breaks nothing, and needs no new version before a release', async t => {
  const { status, report } = judge(t, ['1.4.0', '1.4.0'], adding)
  t.equal(status, 0, report)
})

t.test('Types of an SDK keep their names under the same rules, which redocly diff does not check', async t => {
  const [released, next] = ['docs/openapi.released.json', 'docs/openapi.json'].map(
    path => JSON.parse(read(path)) as Document
  )
  const promise = ({ info }: Document) => /^(0\.\d+|\d+)/.exec(info.version)?.[0]
  const lost = Object.keys(released?.components.schemas ?? {}).filter(name => !next?.components.schemas[name])
  t.strictSame(promise(released as Document) === promise(next as Document) ? lost : [], [])
})
