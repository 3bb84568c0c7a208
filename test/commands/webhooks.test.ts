import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import { createCli } from '../support/cli.ts'

const url = 'https://crm.example.com/events'

test('webhooks are created, listed, changed, replayed, tried and deleted on the command line', async t => {
  const { sallyport } = createCli(t)
  const json = async (...args: string[]) => JSON.parse((await sallyport(['webhooks', ...args, '--json'])).out)
  t.equal((await sallyport(['webhooks', 'list'])).out, '(none)\n')
  const { id, secret, ...webhook } = await json('create', url, '--events', 'user.*,login.failed')
  t.match(secret, /^whsec_/)
  t.match(webhook, { url, events: ['user.*', 'login.failed'], details: false, created_by: 'cli', deliveries: [] })
  t.match(
    (await sallyport(['webhooks', 'list'])).out,
    new RegExp(`^id +url.*\n${id} +${url} +user\\.\\* login\\.failed +active +-\n$`)
  )
  t.match(await json('update', id, '--pause', '--details', '--events', '*'), {
    state: 'paused',
    details: true,
    events: ['*']
  })
  t.match(await json('update', id, '--continue', '--rotate-secret'), { state: 'active', secret: /^whsec_/ })
  t.match(await json('replay', id, '--after', '0'), { seal: 0 })
  t.match(await json('replay', id, '--since', '2026-01-31T12:00:00Z'), { id })
  t.match(await sallyport(['webhooks', 'test', id]), { code: 0, out: /^state +active$/m })
  t.match(await sallyport(['webhooks', 'delete', id, '--json']), { code: 0 })
  t.match(await sallyport(['webhooks', 'test', id]), { code: 1, err: /There is no webhook with this id/ })
  for (const [wrong, message] of [
    [['update', id], /Nothing to change/],
    [['replay', id], /Add --after or --since/],
    [['replay', id, '--after', 'x'], /not a number of a seal/]
  ] as const)
    t.match(await sallyport(['webhooks', ...wrong]), { code: 2, err: message })
  t.match(await sallyport(['webhooks', 'create', 'http://crm.example.com', '--events', '*']), {
    code: 1,
    err: /https:/
  })
})

test('audit verify compares a file of received events', async t => {
  const { sallyport } = createCli(t)
  const file = join(t.testdir(), 'events.ndjson')
  await sallyport(['users', 'create', 'alice', '--password-stdin'])
  writeFileSync(file, '')
  const verify = (...args: string[]) => sallyport(['audit', 'verify', '--received', file, ...args])
  t.match(await verify(), { code: 0, out: /^The 0 received event\(s\) are those of the audit trail/ })
  t.match(JSON.parse((await verify('--json')).out), { events: 0, pruned: 0 })
  writeFileSync(file, '{"id":"evt_1_1","seal":7,"data":{}}\n')
  t.match(await verify('--events', 'user.*'), {
    code: 1,
    err: /lacks 0 event\(s\), and has 1 .*; the first is evt_1_1\./
  })
  t.match(await verify('--events', 'usr.*'), { code: 1, err: /must not contain usr\.\*/ })
  writeFileSync(file, ' '.repeat(200_000))
  t.match(await verify(), { code: 1, err: /Line 1 is too long/ })
  writeFileSync(file, 'x')
  t.match(await verify(), { code: 1, err: /Line 1 is not an event/ })
})
