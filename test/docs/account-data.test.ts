import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createAccountData } from '../../src/auth/account/account-data.ts'
import { configFrom, loadConfig } from '../../src/wiring/load-config.ts'
import { codeBlocks } from '../support/readme-commands.ts'

const page = join(import.meta.dirname, '../../docs/operating.md')

t.test('The schema in docs/operating.md is one, and refuses what it does not name', async t => {
  const [schema = ''] = codeBlocks(page, 'json').filter(code => code.includes('"theme"'))
  const accountDataSchema = join(t.testdir(), 'data.json')
  writeFileSync(accountDataSchema, schema)
  const { assertAcceptable } = createAccountData(configFrom({ databaseUrl: 'sqlite::memory:', accountDataSchema }))
  for (const data of [{}, { theme: 'dark' }]) t.doesNotThrow(() => assertAcceptable(data))
  for (const [data, pointer] of [
    [{ theme: 'blue' }, '/data/theme'],
    [{ size: 1 }, '/data/size']
  ] as const)
    t.throws(() => assertAcceptable(data), { status: 400, errors: [{ pointer }] })
})

t.test('docs/operating.md names a range API that BREACH_CHECK accepts', async t => {
  const [name, url] = (codeBlocks(page, 'ini').find(code => code.startsWith('BREACH_CHECK')) ?? '').trim().split('=')
  t.match(loadConfig({ DATABASE_URL: 'sqlite::memory:', [String(name)]: String(url) }, '/nonexistent'), {
    breachCheck: 'https://api.pwnedpasswords.com/range/'
  })
})
