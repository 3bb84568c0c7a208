import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { newWebhookSecret, signedHeaders } from '../../src/auth/webhooks/signature.ts'
import { createUser } from '../../test/support/app.ts'
import { freePort } from '../../test/support/free-port.ts'
import { codeBlocks } from '../../test/support/readme-commands.ts'
import { startServer } from '../../test/support/server.ts'
import { skipWithoutProgram } from '../support/debian.ts'
import { startListening } from '../support/listening.ts'
import { go } from '../support/page.ts'
import { skipWithout } from '../support/python.ts'

// The receivers of docs/webhooks.md accept what a server sends, once, and refuse everything else. They are the code of
// the page, with other ports.

const page = join(import.meta.dirname, '../../docs/webhooks.md')
const pythonPath = '/usr/bin/python3'

interface Receiver {
  name: string
  /** The language of its block, the file that its first line names, and the port in its code. */
  language: string
  file: string
  skip: string | false
  /** The signature that it verifies. */
  verifies: 'v1a' | 'v1'
  build?: (cwd: string) => Promise<unknown>
  command: (port: number) => [string, ...string[]]
}

const receivers: Receiver[] = [
  {
    name: 'Fastify',
    language: 'js',
    file: 'receiver.js',
    skip: false,
    verifies: 'v1a',
    command: () => [process.execPath, 'receiver.js']
  },
  {
    name: 'FastAPI',
    language: 'python',
    file: 'receiver.py',
    skip: skipWithout('fastapi', 'uvicorn'),
    verifies: 'v1',
    command: port => [pythonPath, '-m', 'uvicorn', 'receiver:app', '--port', String(port)]
  },
  {
    name: 'Go',
    language: 'go',
    file: 'receiver.go',
    skip: skipWithoutProgram('go'),
    verifies: 'v1',
    build: async cwd => {
      writeFileSync(join(cwd, 'go.mod'), 'module receiver\n\ngo 1.21\n')
      await promisify(execFile)('go', ['build', '-o', 'receiver', '.'], { cwd, env: { ...environment(cwd), ...go } })
    },
    command: () => ['./receiver']
  }
]

const environment = (cwd: string) => ({ PATH: process.env.PATH, HOME: cwd, PYTHONDONTWRITEBYTECODE: '1' })

/** A running server with a webhook for `user.*`, and its receiver, which has one event already. */
async function startWorld(t: Test, { language, file, build, command }: Receiver) {
  const { app, url } = await startServer(t, { insecure: 'allow' })
  const port = await freePort()
  const receiver = `http://127.0.0.1:${port}/events`
  const { webhook, secret } = await app.webhooks.create({ url: receiver, events: ['user.*'] })
  const [code = ''] = codeBlocks(page, language)
  const moved = code.replace('http://127.0.0.1:3000', url).replace(/\b400[02]\b/, String(port))
  const cwd = t.testdir({ [file]: moved, 'events.ndjson': '{"id":"evt_1_1"}\n' })
  await build?.(cwd)
  const env = { ...environment(cwd), WEBHOOK_SECRET: secret }
  await startListening(t, port, command(port), { cwd, env })

  return {
    ...{ app, secret, id: webhook.id },
    /** The ids in the file of the receiver, without that of the first event. */
    ids: () =>
      readFileSync(join(cwd, 'events.ndjson'), 'utf8')
        .trim()
        .split('\n')
        .slice(1)
        .map(line => JSON.parse(line).id as string),
    /** The statuses of the answers, once there are `count`. */
    async statuses(count: number) {
      for (;;) {
        const { deliveries } = await app.webhooks.find(webhook.id)
        if (deliveries.length >= count) return deliveries.map(({ status }) => status)
        await sleep(50)
      }
    },
    post: async (headers: Record<string, string>, body: string) =>
      (await fetch(receiver, { method: 'POST', headers, body })).status
  }
}

for (const receiver of receivers)
  t.test(`${receiver.name} handles each event once, and refuses what was changed`, { skip: receiver.skip }, async t => {
    const { app, secret, id: webhook, ids, statuses, post } = await startWorld(t, receiver)
    for (const name of ['alice', 'bob']) await createUser(app, name)
    t.strictSame(await statuses(2), [204, 204])
    const sent = ids()
    t.equal(new Set(sent).size, 2)
    await app.webhooks.replay(webhook, { after: 0 })
    t.strictSame(await statuses(4), [204, 204, 204, 204], 'both again')
    t.strictSame(ids(), sent)

    const { sign } = app.audit
    const id = 'evt_99_1769860800000'
    const body = JSON.stringify({ id, type: 'user.created', data: { name: 'Ü' } })
    const signed = (seconds = 0, by = { sign, secret }) =>
      signedHeaders({ id, at: new Date(Date.now() + seconds * 1000), body }, by)
    const { 'webhook-signature': both = '', ...unsigned } = signed()
    const [v1a = '', v1 = ''] = both.split(' ')
    const [own, foreign] = receiver.verifies === 'v1a' ? [v1a, v1] : [v1, v1a]
    const refused: [name: string, headers: Record<string, string>, body?: string][] = [
      ['a changed body', signed(), body.replace('created', 'deleted')],
      ['another id', { ...signed(), 'webhook-id': 'evt_98_1769860800000' }],
      ['another time', { ...signed(), 'webhook-timestamp': String(Number(signed()['webhook-timestamp']) + 1) }],
      ['a time long ago', signed(-310)],
      ['a time to come', signed(310)],
      ['no time', { ...signed(), 'webhook-timestamp': '' }],
      ['no signature', unsigned],
      ['the other signature only', { ...unsigned, 'webhook-signature': foreign }],
      [
        'the other signature as its own',
        { ...unsigned, 'webhook-signature': `${own.slice(0, own.indexOf(',') + 1)}${foreign.split(',')[1]}` }
      ],
      ['another secret', signed(0, { sign: () => Buffer.alloc(64).toString('base64'), secret: newWebhookSecret() })]
    ]
    for (const [name, headers, changed = body] of refused) t.equal(await post(headers, changed), 400, name)
    t.strictSame(ids(), sent)

    t.equal(await post({ ...unsigned, 'webhook-signature': `v2,x ${own}` }, body), 204, 'its own signature is enough')
    t.equal(await post(signed(), body), 204)
    t.strictSame(ids(), [...sent, id])
    const old = JSON.stringify({ id: 'evt_1_1' })
    const again = signedHeaders({ id: 'evt_1_1', at: new Date(), body: old }, { sign, secret })
    t.equal(await post(again, old), 204, 'one from before it was started')
    t.strictSame(ids(), [...sent, id])
  })
