import { existsSync } from 'node:fs'
import Fastify, { type FastifyInstance } from 'fastify'
import { type Test, test } from 'tap'
import { type Config, isProduction } from '../../src/config/config.ts'
import { assertSafe, risksOf } from '../../src/config/risks.ts'
import sallyport from '../../src/index.ts'
import { createApp, testConfig } from '../support/app.ts'
import { createCli } from '../support/cli.ts'
import { settings, startHere } from '../support/serve.ts'

const production = (t: Test) => t.intercept(process, 'env', { value: { ...process.env, NODE_ENV: 'production' } })

const safe = { issuer: 'https://login.example.com', metrics: '127.0.0.1:9464', corsOrigins: [] }
const insecure: [keyof Config, Partial<Config>, string][] = [
  [
    'issuer',
    { issuer: 'http://login.example.com' },
    'ISSUER http://login.example.com does not use https: passwords and tokens are sent unencrypted. Put a TLS proxy in front, and set ISSUER to its https URL.'
  ],
  [
    'metrics',
    { metrics: '0.0.0.0:9464' },
    'METRICS 0.0.0.0:9464 offers the metrics to every network of this machine. Set METRICS to the one address at which Prometheus reads them.'
  ],
  [
    'corsOrigins',
    { corsOrigins: ['*'] },
    'CORS_ORIGINS contains *, so any web page can call the API. List the origins of your pages instead.'
  ]
]

const allInsecure: Partial<Config> = Object.assign({}, ...insecure.map(([, values]) => values))
const texts = insecure.map(([, , text]) => text)

test('Each insecure setting is named, with what to set instead', async t => {
  for (const [setting, values, text] of insecure) t.strictSame(risksOf({ ...safe, ...values }), [{ setting, text }])
  for (const host of ['[::]', '[::0]', '0', '[0:0:0:0:0:0:0:0]', '[::ffff:0.0.0.0]'])
    t.match(risksOf({ ...safe, metrics: `${host}:9464` }), [{ setting: 'metrics' }], host)
  for (const values of [
    {},
    { issuer: 'http://localhost:3000' },
    { issuer: 'http://[::1]:3000' },
    { metrics: '10.0.0.1:9464' },
    { metrics: 'localhost:9464' },
    { metrics: '[::1]:9464' },
    { corsOrigins: ['https://app.example.com'] }
  ])
    t.strictSame(risksOf({ ...safe, ...values }), [], JSON.stringify(values))
})

test('NODE_ENV=production refuses them all at once, unless INSECURE=allow', async t => {
  const values = { ...safe, ...allInsecure }
  t.strictSame(assertSafe({ ...values, insecure: 'refuse' }), texts, 'elsewhere they are returned, to warn of')
  production(t)
  t.throws(() => assertSafe({ ...values, insecure: 'refuse' }), {
    name: 'ConfigError',
    problems: [...texts, 'NODE_ENV is production: set INSECURE to allow to start anyway.']
  })
  t.strictSame(assertSafe({ ...values, insecure: 'allow' }), [])
  t.strictSame(assertSafe({ ...safe, insecure: 'refuse' }), [])
})

test('A server with insecure settings warns, or does not start and leaves the database as it is', async t => {
  const values = { ...safe, ...allInsecure }
  // A server listens on a free port, so that a metrics port here would be opened.
  const { linkAfter: _, ...config } = testConfig(values)
  const lines: string[] = []
  const logger = { level: 'warn', stream: { write: (line: string) => void lines.push(JSON.parse(line).msg) } }
  await createApp(t, values, { logger })
  t.strictSame(lines.splice(0), texts)
  await createApp(t, { ...values, insecure: 'allow' }, { logger })
  t.strictSame(lines, [])

  production(t)
  const databaseUrl = `sqlite:${t.testdir()}/new.db`
  await t.rejects(startHere(t, await settings(t, { ...config, databaseUrl })), { name: 'ConfigError' })
  t.notOk(existsSync(`${t.testdirName}/new.db`))
})

test('NODE_ENV in .env counts as one in the environment, which wins', async t => {
  const file = { NODE_ENV: 'production' }
  t.strictSame(
    [isProduction({}, file), isProduction({ NODE_ENV: '' }, file), isProduction({ NODE_ENV: 'test' }, file)],
    [true, true, false]
  )
  t.chdir(t.testdir({ '.env': 'NODE_ENV=production\n' }))
  const env = { DATABASE_URL: 'sqlite:data/new.db', ISSUER: 'http://login.example.com' }
  t.match(await createCli(t, env).sallyport(['serve']), {
    code: 1,
    err: /ISSUER http:.*\n.*NODE_ENV is production/
  })
})

test('An embedded server follows the same rule, and names its options', async t => {
  const mount = async (options: object) => {
    const lines: string[] = []
    const app = Fastify({
      logger: { level: 'warn', stream: { write: (line: string) => void lines.push(line) } }
    }) as unknown as FastifyInstance
    t.teardown(() => app.close())
    await app.register(sallyport, { databaseUrl: 'sqlite::memory:', secret: 's'.repeat(32), bcryptCost: 4, ...options })
    return lines.map(line => JSON.parse(line).msg)
  }
  const issuer = 'http://login.example.com'
  t.match(await mount({ issuer }), [/^issuer http:\/\/login\.example\.com does not use https.*set issuer to its https/])
  production(t)
  await t.rejects(mount({ issuer, corsOrigins: ['*'] }), {
    message: /issuer http.*\n.*corsOrigins contains \*.*\n.*set insecure to allow/
  })
  t.strictSame(await mount({ issuer, insecure: 'allow' }), [])
  t.strictSame(await mount({ issuer: 'https://login.example.com' }), [])
})
