import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isDeepStrictEqual, promisify } from 'node:util'
import t, { type Test } from 'tap'
import { installPackages } from '../../scripts/tool.ts'
import { mutants, type Scenario, scenarios, start, successorsIn, type World } from './clients.ts'
import { explore } from './explore.ts'
import { advance, type Call, type Row, type Rules, rules } from './refresh.ts'

// The specification of the refresh in Quint, and the functions that are explored and compared with the server.

const root = join(import.meta.dirname, '../..')
const file = join(root, 'assurance/model/refresh.qnt')
const samples = 500
const steps = 30

/** Each rule of `brokenBy`, and the invariant that is the same. */
const invariants: Record<string, string> = {
  'an ended login gives no token': 'anEndedLoginGivesNoToken',
  'one token has one successor': 'oneTokenHasOneSuccessor',
  'one token of a login is current': 'oneTokenIsCurrent',
  'a reused token ends the login': 'aReusedTokenEndsTheLogin',
  'a thief without the key changes nothing': 'aThiefWithoutTheKeyChangesNothing',
  'an honest owner stays logged in': 'anHonestOwnerStaysLoggedIn'
}

/** The module of each scenario, and that of the specification without each rule. */
const modules: Record<keyof typeof scenarios, string> = {
  'the owner alone': 'owner',
  'a thief with every token': 'thief',
  'a thief without the key': 'thiefWithoutKey',
  'the owner and restores': 'restores'
}
const mutantModules: Record<keyof Rules, string> = {
  takesRetries: 'noRetry',
  onlyPrevious: 'anyRetry',
  endsGrace: 'endlessGrace',
  endsOnReuse: 'noEndOnReuse',
  comparesCounter: 'blindRotation',
  comparesEnd: 'rotationAfterEnd',
  needsKey: 'noKey',
  takesAhead: 'aheadRefused'
}

/** A state of a trace, and the statement that led to it, if one did. */
interface Step {
  world: World
  ran: { call: Call; before: Row; answer?: number | 'refused' } | null
}

installPackages('tools/model')
const cli = join(root, 'tools/model/node_modules/@informalsystems/quint/dist/src/cli.js')

/** Runs Quint; resolves to its exit code and its output. */
const quint = (...args: string[]) =>
  promisify(execFile)(process.execPath, [cli, ...args, file]).then(
    ({ stdout }) => ({ code: 0, output: stdout }),
    ({ code, stdout, stderr }) => ({ code, output: `${stdout}${stderr}` })
  )

/** Simulates a module up to a violation; resolves to its exit code, its output, and `kept` of its traces. */
async function simulate(
  t: Test,
  module: string,
  checked: string[],
  { samples, kept = samples }: { samples: number; kept?: number }
) {
  const folder = t.testdir()
  const size = [`--max-samples=${samples}`, `--max-steps=${steps}`, `--n-traces=${kept}`, '--seed=1']
  const options = ['--backend=typescript', `--main=${module}`, ...size, `--out-itf=${join(folder, '{seq}.json')}`]
  const result = await quint('run', ...options, '--invariants', ...checked, '--verbosity=1')
  return { ...result, traces: readdirSync(folder).map(name => stepsOf(readFileSync(join(folder, name), 'utf8'))) }
}

const words: Record<string, unknown> = { ReadAgain: 'read again', Idle: null, Other: null, Pending: undefined }

/** The states of a trace in the Informal Trace Format, as the types of `assurance/model`. */
function stepsOf(trace: string): Step[] {
  const { states } = JSON.parse(trace, (_, value) => {
    if (value === null || typeof value !== 'object') return value
    if ('#bigint' in value) return Number(value['#bigint'])
    if ('#map' in value) return value['#map'].map((entry: unknown[]) => entry[1])
    if (!('tag' in value)) return value
    if (!('#tup' in Object(value.value))) return value.value
    return value.tag in words ? words[value.tag] : value.tag.toLowerCase()
  })
  return states.map((state: object) => {
    const named = Object.entries(state).map(([name, value]) => [name.split('::').at(-1), value])
    const { last, '#meta': _, ...world } = Object.fromEntries(named)
    return { world, ran: last }
  })
}

/** The steps of a trace that the functions do not take, the actions of the others, and the rules that these break. */
function replay(trace: Step[], scenario: Scenario, changed: Partial<Rules> = {}) {
  const successors = successorsIn(scenario, changed)
  const inForce = { ...rules, ...changed, bound: scenario.thief === 'without the key' }
  const strange: object[] = []
  const actions: string[] = []
  const broken = new Set<string | undefined>()
  for (const [index, { world, ran }] of trace.entries()) {
    const before = trace[index - 1]?.world
    const next = before ? successors(before).filter(({ state }) => isDeepStrictEqual(state, world)) : []
    const hasAnswer = !ran || (before && advance(before.row, ran.call, inForce).answer === ran.answer)
    const isKnown = before ? next.length > 0 : isDeepStrictEqual(world, start)
    if (!isKnown || !hasAnswer) strange.push({ before, world, ran })
    actions.push(...next.map(({ action }) => action))
    for (const { broken: rule } of next) broken.add(rule)
  }
  return { strange, actions, broken: [...broken].filter(rule => rule !== undefined) }
}

/** The kinds of actions, without the numbers of nodes and tokens. */
const kinds = (actions: string[]) => [...new Set(actions.map(action => action.replace(/ \d/g, '')))].sort()

// Each run of Quint is a process of its own.
t.jobs = 2

t.test('The specification has types that fit, and what it is about can happen', { buffered: true }, async t => {
  const { code, output } = await quint('typecheck')
  t.equal(code, 0, output)
  const witnesses = await quint('test', '--backend=typescript', '--main=witnesses')
  t.equal(witnesses.code, 0, witnesses.output)
  const runs = readFileSync(file, 'utf8').match(/^ +run /gm)?.length ?? 0
  t.match(witnesses.output, `${runs} passing`)
  t.ok(runs > 0)
})

for (const [name, scenario] of Object.entries(scenarios)) {
  const module = modules[name as keyof typeof scenarios]
  t.test(
    `The simulator breaks no invariant, and the functions take each step: ${module}`,
    { buffered: true },
    async t => {
      const found = await simulate(t, module, Object.values(invariants), { samples })
      t.equal(found.code, 0, found.output)
      t.match(found.output, '[ok] No violation found')
      t.equal(found.traces.length, samples)
      const replayed = found.traces.map(trace => replay(trace, scenario))
      t.strictSame(replayed.flatMap(({ strange }) => strange).slice(0, 1), [])
      t.strictSame(
        replayed.flatMap(({ broken }) => broken),
        []
      )
      const all: string[] = []
      const successors = successorsIn(scenario)
      explore(start, world => {
        const next = successors(world)
        all.push(...kinds(next.map(({ action }) => action)))
        return next
      })
      t.strictSame(kinds(replayed.flatMap(({ actions }) => actions)), kinds(all), 'each kind of action is in a trace')
    }
  )
}

for (const [lacks, name, rule] of mutants) {
  const invariant = String(invariants[rule])
  t.test(`A specification without the rule ${lacks} breaks ${invariant}`, { buffered: true }, async t => {
    const found = await simulate(t, mutantModules[lacks], [invariant], { samples: 2000, kept: 1 })
    t.equal(found.code, 1, found.output)
    t.match(found.output, '[violation] Found an issue')
    const [trace = []] = found.traces
    const scenario = scenarios[name]
    const { strange, broken } = replay(trace, scenario, { [lacks]: false })
    t.strictSame(strange, [])
    t.ok(broken.includes(rule), `the function without the rule breaks ${broken}`)
    t.ok(replay(trace, scenario).strange.length > 0, 'the function with the rule takes another step')
  })
}

t.test('Each rule has a mutant', async t => {
  t.strictSame(mutants.map(([lacks]) => lacks).sort(), Object.keys(rules).sort())
})
