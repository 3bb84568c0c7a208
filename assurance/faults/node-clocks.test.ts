import { existsSync } from 'node:fs'
import { test } from 'tap'
import { databaseUrl } from '../../test/support/engines.ts'
import { call, faultEnv, figures, logInAt, startProgram, timeUntil } from '../../test/support/faults.ts'
import { libfaketime } from '../support/libfaketime.ts'

const password = 'correct horse battery staple'
// In CI nothing is skipped: there it has been installed.
const skip = !process.env.CI && !existsSync(libfaketime) && 'libfaketime is not installed'
const aheadSeconds = 45
const turns = 40

test('A refresh token that is used at two nodes at once ends no session, however far their clocks are apart', {
  skip
}, async t => {
  // Less than the difference of the clocks.
  const env = faultEnv({ DATABASE_URL: await databaseUrl(t, 'postgres'), REFRESH_GRACE: '20' })
  const ahead = { LD_PRELOAD: libfaketime, FAKETIME: `+${aheadSeconds}s`, FAKETIME_DONT_FAKE_MONOTONIC: '1' }
  const nodes = [startProgram(t, env), startProgram(t, { ...env, ...ahead })]
  const [right = '', wrong = ''] = await Promise.all(nodes.map(({ listens }) => listens))
  const refresh = async (url: string, refresh_token: string) => {
    const { status, json } = await call(`${url}/token`, { form: { grant_type: 'refresh_token', refresh_token } })
    return { status, next: json.refresh_token }
  }
  await timeUntil(async () => /The clock of this machine is 4[45]\.\d s ahead of/.test(nodes[1]?.output() ?? ''))
  t.notMatch(nodes[0]?.output(), /The clock of this machine/)

  const clients = Array.from({ length: 4 }, async (_, client) => {
    const username = `user-${client}`
    await call(`${right}/users`, { json: { username, password } })
    let { refresh_token } = await logInAt(client % 2 ? right : wrong, username, password)
    for (let turn = 0; turn < turns; turn++) {
      const answers = await Promise.all([right, wrong].map(url => refresh(url, refresh_token)))
      const [first] = answers
      t.strictSame(answers, [first, { status: 200, next: first?.next }])
      refresh_token = String(first?.next)
    }
  })
  await Promise.all(clients)
  const fault = `nodes ${aheadSeconds} s apart use one refresh token at once`
  figures(t, fault, `${clients.length * turns} pairs`, 0, 'at once')
})
