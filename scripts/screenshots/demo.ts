import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from '../../src/app.ts'
import type { MailKind } from '../../src/auth/mail/mail.ts'
import type { Purpose } from '../../src/auth/mail/one-time-tokens.ts'
import { adminScopes } from '../../src/auth/users/user-admin.ts'
import { configFrom } from '../../src/wiring/load-config.ts'

const dayMs = 86_400_000
/** When the pictures are taken, on the clocks of the server and the browser. */
export const end = new Date('2026-03-04T16:20:00.000Z').getTime()
export const password = 'correct horse battery staple'

const names = [
  ...['alice', 'bob', 'carol', 'dave', 'erin', 'frank', 'grace', 'heidi', 'ivan', 'judy', 'karl', 'laura', 'mallory'],
  ...['nina', 'oscar', 'peggy', 'quentin', 'rupert', 'sybil', 'trent', 'ursula', 'victor', 'wendy', 'xavier', 'yusuf'],
  ...['zoe', 'amir', 'bianca', 'chen', 'dalia']
]
const devices = [
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/145.0.0.0 Safari/537.36',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.2 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:147.0) Gecko/20100101 Firefox/147.0',
  'OrdersApp/3.1 (build 4711; Android 16; en-GB)'
]

export type Demo = Awaited<ReturnType<typeof openDemo>>

/** A listening server that has the same demo data each time: thirty accounts, of which alice is an administrator. */
export async function openDemo() {
  let time = end - 7 * dayMs
  const folder = mkdtempSync(join(tmpdir(), 'demo-'))
  const open = (bcryptCost: number) => {
    const config = configFrom({
      databaseUrl: `sqlite:${join(folder, 'demo.db')}`,
      secret: 'a secret of the demo, 32 bytes or more',
      bcryptCost,
      siteName: 'Example Books'
    })
    return build({ config, now: () => new Date(time) }, { logger: false })
  }
  let app = await open(4)

  /** The token of a mailed link for an account. */
  async function linkFor(username: string, kind: MailKind, purpose: Purpose): Promise<string> {
    const user = await app.userAdmin.byIdOrName(username)
    const at = app.clock.now()
    const base = { id: app.clock.newId(), kind, userId: user.id, createdAt: at, nextAttemptAt: at, locale: null }
    const message = { ...base, address: String(user.email) }
    await app.db.mail.queue(message, app.auditEvents.event('user.password_reset_requested'))
    return String(await app.oneTimeTokens.issue(user, purpose, message))
  }

  async function addAccounts() {
    for (const username of names) {
      time += dayMs / 6
      const scopes = username === 'alice' ? adminScopes : ['me']
      await app.users.register({ username, password, email: `${username}@example.com`, scopes }, {})
    }
    for (const username of names.filter((_, at) => at % 7 !== 6))
      await app.emailVerification.confirm(await linkFor(username, 'verify_email', 'verify_email'), {})
    await app.users.register({ username: 'newcomer', email: 'newcomer@example.com' }, { actor: 'cli' })
  }

  async function addClients(): Promise<string[]> {
    const ids: string[] = []
    for (const name of ['web', 'ios']) {
      const grants = ['password' as const, 'refresh_token' as const]
      const { client } = await app.clientAdmin.create({ name, confidential: false, grants, scopes: ['me'] })
      ids.push(client.id)
    }
    const grants = ['client_credentials' as const]
    await app.clientAdmin.create({ name: 'orders-api', confidential: true, grants, scopes: ['introspect'] })
    return ids
  }

  /** A login from the user's own address; one of nine has a wrong password. */
  async function logIn(index: number, client_id: string) {
    const user = scattered(index + 2, names.length)
    const wrong = scattered(index + 3, 9) === 0
    const form = { grant_type: 'password', client_id, username: String(names[user]), password, scope: 'me' }
    await app.inject({
      method: 'POST',
      url: '/token',
      remoteAddress: index % 5 ? `203.0.113.${user + 10}` : `2001:db8:85a3:8d3:1319:8a2e:370:${7000 + user}`,
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        'user-agent': String(devices[index % devices.length])
      },
      payload: new URLSearchParams(wrong ? { ...form, password: 'a wrong password' } : form).toString()
    })
  }

  async function addLogins(clients: string[]) {
    for (let minute = 0; minute < 1440; minute += 2) {
      time = end - dayMs + minute * 60_000
      // The most at 14:00, and none at 02:00.
      const share = (1 - Math.cos(2 * Math.PI * ((time % dayMs) / dayMs - 2 / 24))) / 2
      if (scattered(minute, 100) < 100 * share)
        await logIn(minute, String(clients[scattered(minute + 1, clients.length)]))
    }
    time = end
  }

  await addAccounts()
  const clients = await addClients()
  await addLogins(clients)
  // Logins at the cost of a real server take minutes; at another one, the overview warns.
  await app.close()
  app = await open(12)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    url,
    clients,
    linkFor,
    async close() {
      await app.close()
      rmSync(folder, { recursive: true })
    }
  }
}

/** A whole number below `limit` that looks random, and is the same each time. */
const scattered = (index: number, limit: number) => ((Math.imul(index + 1, 2_654_435_761) >>> 8) ^ index) % limit
