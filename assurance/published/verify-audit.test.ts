import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import t, { type Test } from 'tap'
import { createCli, withService } from '../../test/support/cli.ts'
import { databaseUrl, engines } from '../../test/support/engines.ts'
import { readmeCommands, runCommands } from '../../test/support/readme-commands.ts'
import { createSealedTrail, newestAt, otherKey, sealedAt, sealKey, trusted } from '../../test/support/sealed-trail.ts'
import { at, event } from '../../test/support/store.ts'
import { copyBuilt } from '../support/clone.ts'

const root = join(import.meta.dirname, '../..')
const program = join(root, 'examples/verify-audit/verify-audit.mjs')

/** The result of the program for these lines. */
async function verify(lines: object[], ...args: string[]) {
  // Without the code that tap loads into every process that Node.js starts.
  const child = spawn(process.execPath, [program, ...args], { env: {} })
  child.stdin.end(lines.map(line => `${JSON.stringify(line)}\n`).join(''))
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  return { code, out, err }
}

interface Line {
  seq?: number
  seal: number | null
  [member: string]: unknown
}

/** The lines of an export of the database at `url`. */
async function exported(t: Test, url: string): Promise<Line[]> {
  const { sallyport } = createCli(t, {
    DATABASE_URL: url,
    SECRET: 'a secret of the tests, 32 bytes or more',
    BCRYPT_COST: '4'
  })
  const { out } = await sallyport(['audit', 'export', '--seals'])
  return out
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
}

const broken = (fault: string) => ({ code: 1, out: '', err: `The audit trail is broken: ${fault}.\n` })

for (const engine of engines) {
  t.test(`An export is intact for an outsider, also after pruning, on ${engine}`, async t => {
    const trail = await createSealedTrail(t, engine)
    await trail.audit.record(event('new', { detail: { z: 'Ü"\n', '10': 0.5, '9': true, a: 1e21 } }))
    const newest = await trail.linkOf(3)
    const lines = await exported(t, trail.url)
    const intact = (events: number, unsealed: number, { number, hash } = newest) => ({
      code: 0,
      out: `${events} event(s) are intact, ${unsealed} have no seal yet. The newest seal is ${number}:${hash}.\n`,
      err: ''
    })
    // The command itself made the first key, whose event has no seal.
    t.strictSame(await verify(lines, ...trusted), intact(9, 2))
    t.strictSame(await verify(lines, otherKey.publicKey, ...trusted, `3:${newest.hash}`), intact(9, 2))
    await trail.audit.seal(sealKey, sealedAt(4))
    t.strictSame(await verify(await exported(t, trail.url), ...trusted), intact(11, 0, await trail.linkOf(4)))
    await trail.audit.prune(newestAt(3), event('audit.pruned', { at: at(20) }), sealKey, { trusted })
    t.strictSame(await verify(await exported(t, trail.url), ...trusted), intact(5, 1, await trail.linkOf(4)))
  })
}

t.test('An altered export is not intact, and the first fault is named', async t => {
  const trail = await createSealedTrail(t, 'sqlite')
  const lines = await exported(t, trail.url)
  const [seal1, seal2] = [3, 7]
  const pick = (from: number, to?: number) => lines.slice(from, to)
  const change = (index: number, members: Partial<Line>) =>
    lines.map((line, n) => (n === index ? { ...line, ...members } : line))
  const changed = 'covers an event that was changed'
  const notSigned = 'was changed: its signature does not match'
  const faults: [string, Line[], string][] = [
    ['no export', [], 'there is no seal'],
    ...['at', 'action', 'actor', 'subject', 'client_id', 'ip', 'detail', 'seq'].map(
      (name): [string, Line[], string] => [
        name,
        change(5, {
          [name]: name === 'at' ? '2026-01-31T12:00:00.001Z' : name === 'detail' ? { n: 6 } : name === 'seq' ? 50 : 'x'
        }),
        `seal 2 ${changed}`
      ]
    ),
    ['the seal of an event', change(5, { seal: 1 }), 'event 5 names seal 1, not seal 2'],
    ['an event without a seal', change(5, { seal: null }), 'event 5 names seal null, not seal 2'],
    ['a removed event', [...pick(0, 5), ...pick(6)], 'seal 2 covers 3 event(s), but 2 event(s) name it'],
    [
      'an inserted event',
      [...pick(0, 5), ...pick(5, 6), ...pick(5)],
      'seal 2 covers 3 event(s), but 4 event(s) name it'
    ],
    ['two exchanged events', [...pick(0, 4), ...pick(5, 6), ...pick(4, 5), ...pick(6)], `seal 2 ${changed}`],
    ...(['seal', 'previous', 'events', 'digest', 'at'] as const).map((name): [string, Line[], string] => [
      `${name} of a seal`,
      change(seal2, {
        [name]: name === 'seal' || name === 'events' ? 5 : name === 'at' ? '2026-01-31T12:00:00.001Z' : 'x'
      }),
      `seal ${name === 'seal' ? 5 : 2} ${notSigned}`
    ]),
    ['a signature', change(seal2, { signature: lines[seal1]?.signature }), `seal 2 ${notSigned}`],
    [
      'a key',
      change(seal2, { public_key: otherKey.publicKey }),
      `seal 2 is signed by another key, ${otherKey.publicKey}`
    ],
    ['a mark', change(seal2, { pruned: 'x' }), 'seal 2 has a mark of pruning that is not valid here'],
    ['a mark at the beginning', change(seal1, { pruned: 'x' }), 'seal 1 has a mark of pruning that is not valid here'],
    ['a removed beginning', pick(seal1 + 1), 'seal 1 is missing'],
    ['a removed seal', [...pick(0, seal1 + 1), ...pick(seal2 + 1)], 'seal 2 is missing'],
    ['a replayed seal', [...lines, ...pick(0, seal1 + 1)], 'seal 4 is missing'],
    ['an end without its seal', pick(0, -2), 'event 7 names seal 3, which is missing']
  ]
  for (const [name, altered, fault] of faults) t.strictSame(await verify(altered, ...trusted), broken(fault), name)
  const newest = await trail.linkOf(3)
  const noted = `${newest.number}:${newest.hash}`
  const cut = pick(0, seal2 + 1)
  t.match(await verify(cut, ...trusted), { code: 0 })
  t.strictSame(await verify(cut, ...trusted, noted), broken(`seal ${noted} is missing`), 'cut off at the end')
  t.strictSame(await verify(lines, otherKey.publicKey), broken(`seal 1 is signed by another key, ${sealKey.publicKey}`))
})

t.test('The README of examples/verify-audit leads to a verified export', async t => {
  const clone = t.testdir()
  copyBuilt(clone)
  const cwd = join(clone, 'examples/verify-audit')
  cpSync(dirname(program), cwd, { recursive: true })
  const env = {
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
    DATABASE_URL: await databaseUrl(t, 'sqlite'),
    SECRET: 'a secret of the tests, 32 bytes or more',
    ISSUER: 'https://auth.example.com',
    BCRYPT_COST: '4'
  }
  await withService(env, async () => {})
  const [key, lines, verified, again, ...others] = await runCommands(t, readmeCommands(join(cwd, 'README.md')), {
    cwd,
    env
  })
  t.strictSame([key, lines], ['', ''])
  t.match(verified, /^1 event\(s\) are intact, 0 have no seal yet\. The newest seal is 1:\w{64}\.\n$/)
  t.equal(again, verified)
  t.strictSame(others, [])
})
