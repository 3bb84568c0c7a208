import { test } from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { limitsOf } from '../../src/config/limits.ts'
import { configFrom } from '../../src/wiring/load-config.ts'

const secret = 'a secret of the tests, 32 bytes or more'

test('LIMITS changes the limits that it names, and the others keep their defaults', async t => {
  const { config, problems } = readConfig({ SECRET: secret, LIMITS: 'login=1000000, refresh=1' }, t.testdir())
  t.same(problems, [])
  t.strictSame(limitsOf(config), { registration: 300, login: 1_000_000, refresh: 1 })
  t.strictSame(limitsOf(configFrom({ secret })), { registration: 300, login: 300, refresh: 600 })
})

test('An unknown name, a bad number and a name that is there twice are problems of LIMITS', async t => {
  const problemsOf = (LIMITS: string) => readConfig({ SECRET: secret, LIMITS }, t.testdir()).problems
  const form = 'a comma-separated list, each registration=N, login=N or refresh=N with N from 1 to 1000000'
  for (const entry of ['logins=5', 'login=0', 'login=1000001', 'login=1e3', 'login', '5', 'login=5 refresh=5'])
    t.same(problemsOf(entry), [`LIMITS is ["${entry}"], which is not valid: expected ${form}`])
  t.same(problemsOf('login=5,refresh=5,login=6'), ['LIMITS has login twice: expected it once'])
  t.throws(() => configFrom({ secret, limits: ['logins=5'] }), {
    name: 'ConfigError',
    problems: [/^limits is .*an array, each registration/]
  })
})
