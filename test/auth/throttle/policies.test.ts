import t from 'tap'
import { type CounterName, countersWith, type Row, type SubjectOf } from '../../../src/auth/throttle/policies.ts'
import { createServices } from '../../support/app.ts'

/** For each counter, what it counts for, and seconds: how many pass at once, the first wait, and when one is forgiven. */
const numbers: {
  [Name in CounterName]: [subject: SubjectOf<Name>, atOnce: number, wait: number, forgiven: number]
} = {
  account: ['u', 10, 1, 3600],
  known: [['u', '192.0.2.1'], 10, 1, 3600],
  'known-prefix': ['192.0.2.1', 300, 1, 10],
  prefix: ['192.0.2.1', 50, 1, 10],
  consecutive: ['u', 100, 3600, 365 * 86_400],
  code: ['u', 10, 1, 3600],
  'consecutive-codes': ['a', 100, 3600, 365 * 86_400],
  logins: ['u', 20, 1, 180],
  credential: [['passkey', '192.0.2.1'], 50, 1, 10],
  registration: ['192.0.2.1', 5, 1, 720],
  registrations: ['first', 50, 1, 72],
  // Refuses nothing.
  registered: ['192.0.2.1', 9, 0, 3600],
  mail: ['192.0.2.1', 30, 1, 120],
  mailbox: [['reset_password', 'a@example.com'], 3, 1, 3600],
  'first-link': [['u', 'a@example.com'], 1, 3600, 30 * 86_400],
  'first-links': ['a@example.com', 50, 1800, 1800],
  message: [['invitation', 'a@example.com'], 10, 3600, 3600],
  profile: ['u', 60, 1, 60],
  password: [['change', 'u'], 30, 1, 120],
  'token-prefix': ['t', 100, 36, 36],
  'key-refusal': ['s', 1, 3600, 3600],
  refresh: ['s', 8, 450, 450],
  trusted: [['client', 'c'], 36_000, 1, 0.1]
}

const limits = { login: 20, registration: 5, refresh: 8 }
const setting = { limits: Object.entries(limits).map(limit => limit.join('=')) }

t.test('Each counter lets as many pass as its number says, and then waits', async t => {
  const { app, clock } = await createServices(t, setting)
  const table: Record<CounterName, Row<never>> = countersWith(limits)
  t.strictSame(Object.keys(table).sort(), Object.keys(numbers).sort())
  for (const [name, [subject, atOnce, wait, forgiven]] of Object.entries(numbers)) {
    const take = () => app.throttle.take(name as CounterName, subject as never)
    for (let n = 0; n < atOnce; n++) await take()
    t.equal(table[name as CounterName].policy.forgiveMs, forgiven * 1000, name)
    const refusal = wait === 0 ? undefined : { status: 429, headers: { 'Retry-After': String(wait) } }
    t.match(await take().catch(error => error), refusal, name)
    // Some count in others too.
    clock.advance(86_400)
  }
})

t.test('Another kind or subject has a counter of its own', async t => {
  const { app } = await createServices(t)
  const change = (kind: 'change' | 'link', id: string) => app.throttle.take('password', [kind, id])
  for (let n = 0; n < 30; n++) await change('change', 'u')
  t.match(await change('change', 'u').catch(error => error), { status: 429 })
  await change('link', 'u')
  await change('change', 'v')
})

t.test('What a person typed is in no key, and an id of this server is', async t => {
  const { app } = await createServices(t)
  const taken = t.capture(app.db.throttle, 'take', app.db.throttle.take)
  await app.throttle.take('message', ['invitation', 'a@example.com'])
  await app.throttle.take('mailbox', ['email_code', ['winter2026', '192.0.2.0/24']])
  await app.throttle.take('first-link', ['u_1', 'a@example.com'])
  await app.throttle.take('profile', 'u_1')
  const keys = taken().flatMap(({ args: [attempts] }) => attempts.map(({ key }) => key))
  t.equal(keys.length, 5)
  for (const secret of ['a@example.com', 'winter2026', '192.0.2'])
    t.notOk(
      keys.some(key => key.includes(secret)),
      secret
    )
  t.ok(keys.includes('profile:u_1'))
})
