import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'tap'
import type { UserRow } from '../../src/store/users.ts'
import { readAccount } from '../../src/transfer/account.ts'
import { openCsv } from '../../src/transfer/csv-file.ts'
import { exportUsers } from '../../src/transfer/export.ts'
import { byColumn, exportFields } from '../../src/transfer/mapping.ts'
import { openNdjson } from '../../src/transfer/ndjson-file.ts'

const time = new Date('2026-01-31T12:00:00.123Z')
const later = new Date('2026-02-28T12:00:00.000Z')

const user = (username: string, members: Partial<UserRow> = {}): UserRow => ({
  id: '018f4e2a-0000-7000-8000-000000000001',
  username,
  email: null,
  emailVerified: false,
  fullName: null,
  locale: null,
  passwordHash: '$bcrypt-sha256$v=2,t=2b,r=12$salt$digest',
  scopes: ['me'],
  disabled: false,
  createdAt: time,
  updatedAt: later,
  pendingEmail: null,
  lastLoginAt: later,
  secondFactorAt: null,
  loginEpoch: 0,
  data: {},
  claims: {},
  invitedAt: null,
  ...members
})

const users = [
  user('alice', { email: 'alice@example.com', emailVerified: true, scopes: ['me', 'users:read'] }),
  user('bob', { fullName: 'Bob "the, Builder"', disabled: true, scopes: [] }),
  user('carl, with "marks"', {
    fullName: ' 愛😀 ',
    data: { 'a"b': ['1, 2', '愛😀\u2028\r\n"\\"', null, 1.5, true, {}] }
  }),
  user('=cmd()', { email: "o'neill+x@example.com", claims: { roles: ['a,b', '=c'], tenant: '' } }),
  user('dora', { passwordHash: `!${'a'.repeat(43)}`, invitedAt: time })
]

/** A store that returns these accounts in pages of two. */
const pagesOf = (rows: UserRow[]) => async (after: string) => {
  const next = rows.findIndex(({ username }) => username === after) + 1
  const page = rows.slice(next, next + 2)
  return { rows: page, ...(rows.length > next + 2 ? { next: String(page.at(-1)?.username) } : {}) }
}

async function textOf(chunks: AsyncIterable<string>) {
  let text = ''
  for await (const chunk of chunks) text += chunk
  return text
}

test('CSV has a header, a line for each account, and quotation marks where needed (RFC 4180)', async t => {
  const hash = '"$bcrypt-sha256$v=2,t=2b,r=12$salt$digest"'
  const id = '018f4e2a-0000-7000-8000-000000000001'
  const data = '"{""a\\""b"":[""1, 2"",""愛😀\u2028\\r\\n\\""\\\\\\"""",null,1.5,true,{}]}"'
  t.equal(
    await textOf(exportUsers(pagesOf(users.slice(0, 3)), 'csv')),
    `id,username,email,email_verified,full_name,password_hash,scopes,disabled,created_at,data,claims,invited_at,locale
${id},alice,alice@example.com,true,,${hash},me users:read,false,2026-01-31T12:00:00.123Z,{},{},,
${id},bob,,false,"Bob ""the, Builder""",${hash},,true,2026-01-31T12:00:00.123Z,{},{},,
${id},"carl, with ""marks""",,false, 愛😀 ,${hash},me,false,2026-01-31T12:00:00.123Z,${data},{},,
`
  )
})

test('NDJSON has an object for each account, and is empty without accounts', async t => {
  const [bob = '', ...others] = (await textOf(exportUsers(pagesOf(users.slice(1, 2)), 'ndjson'))).split('\n')
  t.same(JSON.parse(bob), {
    ...{ id: '018f4e2a-0000-7000-8000-000000000001', username: 'bob', email: null, email_verified: false },
    ...{ full_name: 'Bob "the, Builder"', password_hash: '$bcrypt-sha256$v=2,t=2b,r=12$salt$digest', scopes: [] },
    ...{ disabled: true, created_at: '2026-01-31T12:00:00.123Z', data: {}, claims: {}, invited_at: null, locale: null }
  })
  t.same(others, [''])
  t.equal(await textOf(exportUsers(pagesOf([]), 'ndjson')), '')
})

for (const [format, open] of [
  ['csv', openCsv],
  ['ndjson', openNdjson]
] as const) {
  test(`An import reads back the accounts that an export wrote as ${format}`, async t => {
    const path = join(t.testdir(), 'users')
    writeFileSync(path, await textOf(exportUsers(pagesOf(users), format)))
    const mapping = byColumn(Object.fromEntries(exportFields.map(field => [field, field])))
    const options = {
      mapping,
      hashProblem: () => undefined,
      unusableHash: () => '!unusable',
      trustEmails: false,
      defaultScopes: ['me'],
      assertData: () => {},
      assertClaims: () => {},
      newId: () => 'x',
      now: () => later
    }
    const read: unknown[] = []
    for await (const row of (await open(path)).rows([...exportFields])) {
      if ('record' in row) read.push(readAccount(row.record, options).user)
    }
    t.same(
      read,
      users.map(({ lastLoginAt, pendingEmail, loginEpoch, ...rest }) => ({ ...rest, secondFactorAt: null }))
    )
  })
}
