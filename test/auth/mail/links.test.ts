import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import t, { type Test } from 'tap'
import { lifeOf, linkDoesNotWork, linkWith, type Purpose } from '../../../src/auth/mail/one-time-tokens.ts'
import type { NewUser, UserRow } from '../../../src/store/users.ts'
import { createApp, freshLogin } from '../../support/app.ts'
import { assertProblem } from '../../support/problem.ts'
import { event, newMail, newUser } from '../../support/store.ts'

const next = 'purple monkey dishwasher lamp'
const byRoot = { actor: 'root', ...freshLogin }
const invited = { invitedAt: new Date(0), passwordHash: '!none' }

interface Kind {
  purpose: Purpose
  url: string
  life: number
  account: Partial<NewUser> & { isVerified?: boolean }
}

/** Every link, where its token is used, its life in seconds, and an account whose owner has such a link. */
const kinds: Record<string, Kind> = {
  'to verify an address': { purpose: 'verify_email', url: '/email/verify', life: 86_400, account: {} },
  'for a new password': {
    ...{ purpose: 'reset_password', url: '/password/reset', life: 3600 },
    account: { isVerified: true }
  },
  'of an invitation': { purpose: 'invitation', url: '/password/reset', life: 604_800, account: invited },
  'of an invitation that was handed over': {
    ...{ purpose: 'invitation', url: '/password/reset', life: 604_800, account: invited }
  },
  'that restores an address': {
    ...{ purpose: 'undo_email_change', url: '/email/undo', life: 259_200 },
    account: { isVerified: true }
  },
  'that removes what was added': {
    ...{ purpose: 'undo_factor', url: '/factors/undo', life: 259_200 },
    account: { isVerified: true }
  }
}

let count = 0

/** An app, and a function that makes an account with a link. */
async function createWorld(t: Test) {
  const { app, clock } = await createApp(t, { smtpUrl: 'smtp://127.0.0.1:9' })

  async function issue(name: string, user: UserRow): Promise<string> {
    if (name.endsWith('handed over')) return app.oneTimeTokens.handOver(user)
    const now = clock.now()
    const message = newMail({ address: String(user.email), userId: user.id, createdAt: now, nextAttemptAt: now })
    await app.db.mail.queue(message, event('user.updated'))
    return String(await app.oneTimeTokens.issue(user, (kinds[name] as Kind).purpose, message))
  }

  async function withLink(name: string) {
    const { account, ...kind } = kinds[name] as Kind
    const { isVerified: emailVerified = false, ...members } = account
    const made = newUser(`user${++count}`, members)
    await app.db.users.insert(made, event('user.created'))
    const verified = { emailVerified, updatedAt: clock.now() }
    const user = (await app.db.users.update(made.id, verified, event('user.updated'))) as UserRow
    return { ...kind, user, token: await issue(name, user), another: () => issue(name, user) }
  }

  /** Uses a token, each time from another network. */
  const use = (url: string, token: string, password = next) =>
    app.inject({
      ...{ method: 'POST', url, remoteAddress: `10.${++count >> 8}.${count & 255}.1` },
      payload: { token, ...(url === '/password/reset' && { new_password: password }) }
    })
  /** The status of the page of a link, which changes nothing. */
  const page = async (purpose: Purpose, token: string) => (await app.inject(linkWith('', purpose, token))).statusCode
  return { app, clock, withLink, use, page }
}

type Link = Awaited<ReturnType<Awaited<ReturnType<typeof createWorld>>['withLink']>>

/** Gives the address of the account to another one. */
async function verifyElsewhere(app: FastifyInstance, { id, email, emailVerified }: UserRow) {
  const moved = { email: `moved-${email}`, updatedAt: new Date() }
  if (emailVerified) await app.db.users.update(id, moved, event('user.updated'))
  const other = newUser(`other${++count}`, { id: randomUUID(), email })
  await app.db.users.insert(other, event('user.created'))
  await app.db.users.update(other.id, { emailVerified: true, updatedAt: new Date() }, event('user.updated'))
}

const handedOver = 'of an invitation that was handed over'
const elsewhere = 'another account verifies the address'
const ofNew = ['to verify an address', 'of an invitation', handedOver]
const all = Object.keys(kinds)

/** What may happen to an account, and the links that no longer work afterwards; the others do. */
const events: Record<string, [act: (app: FastifyInstance, link: Link) => Promise<unknown>, voids: string[]]> = {
  'the account is disabled': [(app, { user }) => app.userAdmin.update(user.id, { disabled: true }, byRoot), all],
  'the account is deleted': [(app, { user }) => app.userAdmin.remove(user, byRoot), all],
  'the account is deleted and made again': [
    async (app, { user: { username, email, ...user } }) => {
      await app.userAdmin.remove({ username, email, ...user }, byRoot)
      await app.db.users.insert(newUser(username, { email }), event('user.created'))
    },
    all
  ],
  'the password changes': [
    (app, { user }) => app.accountPasswords.set(user, next, byRoot),
    [...ofNew, 'for a new password']
  ],
  'an administrator resets the password': [
    (app, { user }) => app.userAdmin.resetPassword(user.id, byRoot),
    [...ofNew, 'for a new password']
  ],
  'the address is removed': [
    // It is the only way to an account that has no password yet, which is therefore refused.
    (app, { user: { id, invitedAt } }) =>
      app.users.updateProfile(id, { email: null }, byRoot).catch(error => {
        if (invitedAt === null) throw error
      }),
    ['to verify an address', 'for a new password']
  ],
  'the address changes, or a new one is pending': [
    (app, { user }) => app.users.updateProfile(user.id, { email: `new-${user.email}` }, byRoot),
    ofNew
  ],
  'the address changes and changes back': [
    async (app, { user: { id, email } }) => {
      for (const to of [`new-${email}`, email]) await app.users.updateProfile(id, { email: to }, byRoot)
    },
    ofNew
  ],
  [elsewhere]: [(app, { user }) => verifyElsewhere(app, user), all.filter(name => name !== handedOver)],
  'the scopes change': [
    (app, { user }) => app.userAdmin.update(user.id, { scopes: ['me', 'a:b'] }, byRoot),
    [handedOver]
  ],
  'the claims change': [
    (app, { user }) => app.userAdmin.update(user.id, { claims: { roles: ['a'] } }, byRoot),
    [handedOver]
  ]
}

const refused = (url: string) => [400, url, { detail: linkDoesNotWork().message }] as const

t.test('Of links to accounts on one server', async t => {
  const world = await createWorld(t)

  t.test('A link works until the last second of its life, which begins when it is sent (ASVS 6.4.1)', async t => {
    const { clock, withLink, use } = world
    for (const [name, { purpose, life, url }] of Object.entries(kinds)) {
      t.equal(lifeOf[purpose], life, name)
      const [early, late] = [await withLink(name), await withLink(name)]
      clock.advance(life - 1)
      t.equal((await use(url, early.token)).statusCode, 204, name)
      clock.advance(1)
      assertProblem(t, await use(url, late.token), ...refused(url), name)
    }
  })

  t.test('A link works once: of several concurrent uses one succeeds, and is recorded', async t => {
    const { app, withLink, use, page } = world
    for (const name of all) {
      const { url, purpose, token, user, another } = await withLink(name)
      const second = await another()
      const before = await app.db.audit.newest()
      const answers = await Promise.all([1, 2, 3, 4].map(n => use(url, token, `${next} ${n}`)))
      t.equal(answers.filter(({ statusCode }) => statusCode === 204).length, 1, name)
      for (const answer of answers.filter(({ statusCode }) => statusCode !== 204))
        assertProblem(t, answer, ...refused(url), name)
      const rows = (await app.db.audit.next(before))?.rows ?? []
      t.equal(rows.filter(({ subject }) => subject === user.id).length, 1, `${name}: one event`)
      assertProblem(t, await use(url, token), ...refused(url), `${name}, later`)
      assertProblem(t, await use(url, second), ...refused(url), `another link ${name}`)
      t.equal(await page(purpose, second), 400)
    }
  })

  for (const [happens, [act, voids]] of Object.entries(events))
    t.test(`When ${happens}, exactly the links that depend on it are void`, async t => {
      const { app, withLink, use, page } = world
      for (const name of all) {
        const link = await withLink(name)
        const { url, purpose, token } = link
        t.equal(await page(purpose, token), 200, name)
        await act(app, link)
        // The page does not look at other accounts.
        if (happens !== elsewhere) t.equal(await page(purpose, token), voids.includes(name) ? 400 : 200, name)
        const answer = await use(url, token)
        if (voids.includes(name)) assertProblem(t, answer, ...refused(url), name)
        else t.equal(answer.statusCode, 204, name)
      }
    })

  t.test('A token gets the same refusal for another purpose, when it is unknown, and when it is garbled', async t => {
    const { withLink, use } = world
    const urls = new Set(Object.values(kinds).map(({ url }) => url))
    for (const name of all) {
      const { url, token } = await withLink(name)
      for (const other of urls) if (other !== url) assertProblem(t, await use(other, token), ...refused(other), name)
      for (const given of ['', 'x'.repeat(43), 'x'.repeat(10_000), token.slice(0, -1), `${token}x`])
        assertProblem(t, await use(url, given), ...refused(url), name)
      t.equal((await use(url, token)).statusCode, 204, `${name}: it still works`)
    }
  })
})
