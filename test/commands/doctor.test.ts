import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test } from 'tap'
import { run } from '../../src/cli.ts'
import type { Streams } from '../../src/commands/terminal.ts'
import { createCli } from '../support/cli.ts'
import { emptyDatabaseUrl, engines } from '../support/engines.ts'

interface Finding {
  level: string
  check: string
  text: string
}

const secret = 'kR3vQ0p9Xw2LsT7bYc5NfH8mZ1dJ6gUa4eVtBnPoCiE'
/** Nothing listens on port 1 of this machine, so no request leaves it. */
const settings = { ISSUER: 'http://127.0.0.1:1', BCRYPT_COST: '10', PORT: '0', SECRET: secret }

const byCheck = (out: string) =>
  Object.fromEntries((JSON.parse(out) as Finding[]).map(({ check, level, text }) => [check, { level, text }]))

for (const engine of engines) {
  test(`doctor ends with 0 before and after the first migration, on ${engine}`, async t => {
    const { sallyport } = createCli(t, { ...settings, DATABASE_URL: await emptyDatabaseUrl(t, engine) })
    const before = await sallyport(['doctor', '--json'])
    t.same([before.code, before.err], [0, ''])
    t.match(
      byCheck(before.out),
      engine === 'sqlite' ? { database: { level: 'warning' } } : { migrations: { level: 'warning' } }
    )
    await sallyport(['migrate'])
    const after = await sallyport(['doctor', '--json'])
    t.same([after.code, after.err], [0, ''])
    t.match(byCheck(after.out), {
      settings: { level: 'ok' },
      secret: { level: 'ok' },
      database: { text: / [\d.]+ ms/ },
      migrations: { level: 'ok' },
      clock: { level: 'ok' },
      'audit-clock': { level: 'ok' },
      metadata: { level: 'warning', text: /^Cannot reach / },
      'hash-time': { text: /^A hash with bcrypt at cost 10 takes \d+ ms: about [\d.]+ logins per second/ },
      durability: { level: engine === 'sqlite' ? 'ok' : 'warning' },
      ...(engine === 'sqlite' ? {} : { 'database-clock': { level: 'ok' } })
    })
  })
}

test('doctor prints a line per check, with the level first and without colour', async t => {
  const { sallyport } = createCli(t, settings)
  const { code, out, err } = await sallyport(['doctor'])
  t.same([code, err], [0, ''])
  const [head, ...lines] = out.trimEnd().split('\n')
  t.match(head, /^level +check +text$/)
  for (const line of lines) t.match(line, /^(ok|warning|error) +[a-z-]+ +[\x20-\x7e]+$/)
  t.equal(lines.length, JSON.parse((await sallyport(['doctor', '--json'])).out).length)
})

test('On a terminal with colours, doctor prints each level in its own', async t => {
  const { env } = createCli(t, { ...settings, TRUST_PROXY: 'true' })
  const stdout = Object.assign(new PassThrough(), { hasColors: () => true })
  const streams = { stdin: new PassThrough(), stdout, stderr: new PassThrough(), env }
  t.equal(await run(['doctor'], streams as unknown as Streams), 1)
  stdout.end()
  const [, ...lines] = (await text(stdout)).trimEnd().split('\n')
  const levels = lines.map(line => /^(\S+) +[a-z-]+ +[\x20-\x7e]+$/.exec(line)?.[1])
  t.strictSame(
    new Set(levels),
    new Set(['\u001b[31merror\u001b[39m', '\u001b[33mwarning\u001b[39m', '\u001b[32mok\u001b[39m'])
  )
})

test('doctor creates no secret, no folder and no database', async t => {
  const { SECRET, ...others } = settings
  const { sallyport, env } = createCli(t, others, { hasDatabase: false })
  const { code, out } = await sallyport(['doctor', '--json'])
  t.equal(code, 0)
  t.match(byCheck(out), {
    secret: { level: 'ok', text: /The server creates one when it starts/ },
    database: { level: 'warning' }
  })
  t.notOk(existsSync(dirname(String(env.DATABASE_URL).slice('sqlite:'.length))))
})

test('An error of doctor ends with 1, and shows neither the secret nor the database password', async t => {
  const weak = 'hunter2'.repeat(5)
  const url = 'postgres://sallyport:swordfish@127.0.0.1:1/none'
  const { sallyport } = createCli(t, { ...settings, SECRET: weak, DATABASE_URL: url })
  for (const args of [['doctor'], ['doctor', '--json']]) {
    const { code, out, err } = await sallyport(args)
    t.same([code, err], [1, ''])
    t.match(out, /ECONNREFUSED/)
    t.notMatch(out, /hunter2|swordfish/)
  }
  t.match(byCheck((await sallyport(['doctor', '--json'])).out), {
    secret: { level: 'error' },
    database: { level: 'error' },
    'hash-time': {},
    'hash-threads': {},
    'client-address': { level: 'ok' }
  })
})

test('Wrong settings are errors of doctor, and the other checks still run', async t => {
  const { sallyport } = createCli(t, { ...settings, PORT: 'http', TRUST_PROXY: 'true' })
  const { code, out } = await sallyport(['doctor', '--json'])
  t.equal(code, 1)
  const found = JSON.parse(out) as Finding[]
  const errors = found
    .filter(({ level }) => level === 'error')
    .map(({ check, text }) => `${check}: ${text.split(':')[0]}`)
  t.same(errors, ['settings: PORT is "http", which is not valid', 'settings: TRUST_PROXY has "true"'])
  t.ok(found.some(({ check }) => check === 'hash-time'))
})

test('doctor shows the client address that the server would see behind its proxies', async t => {
  const seen = async (trust: string, ...args: string[]) => {
    const { sallyport } = createCli(t, { ...settings, TRUST_PROXY: trust })
    return byCheck((await sallyport(['doctor', '--json', ...args])).out)['client-address']?.text.match(
      /\S+(?=\.$)/
    )?.[0]
  }
  t.equal(await seen(''), '127.0.0.1', 'no proxy is trusted')
  t.equal(await seen('127.0.0.1'), '203.0.113.7')
  t.equal(await seen('10.0.0.0/8', '--forwarded-for', '198.51.100.9, 203.0.113.7, 10.1.2.3'), '203.0.113.7')
  t.equal(await seen('10.0.0.0/8', '--peer', '192.0.2.1', '--forwarded-for', '198.51.100.9'), '192.0.2.1')
  t.equal(await seen('10.0.0.0/8', '--forwarded-for', '203.0.113.7:4711'), '203.0.113.7')
  t.equal(await seen('10.0.0.0/8', '--forwarded-for', 'nonsense'), 'client', 'which has no address')
  t.same(await createCli(t, settings).sallyport(['doctor', '--peer', 'proxy']), {
    code: 2,
    out: '',
    err: '--peer must be an IP address, not proxy.\n'
  })
})
