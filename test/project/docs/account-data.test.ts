import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createAccountData } from '../../../src/auth/account/account-data.ts'
import { ConfigSchema } from '../../../src/config/settings.ts'
import { configFrom } from '../../../src/wiring/load-config.ts'
import { codeBlocks } from '../../support/readme-commands.ts'

const page = join(import.meta.dirname, '../../../docs/data.md')

t.test('The schema in docs/data.md is one, and refuses what it does not name', async t => {
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

t.test('The description of BREACH_CHECK names a range API that the setting accepts', async t => {
  const [url = ''] = /https:[^`]+/.exec(String(ConfigSchema.properties.breachCheck.description)) ?? []
  t.match(configFrom({ databaseUrl: 'sqlite::memory:', breachCheck: url }), {
    breachCheck: 'https://api.pwnedpasswords.com/range/'
  })
})
