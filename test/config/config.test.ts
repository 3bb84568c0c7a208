import fs, { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { type Test, test } from 'tap'
import { ConfigError } from '../../src/base/errors.ts'
import { type Config, envName, sqlitePath } from '../../src/config/config.ts'
import { passkeyProblem } from '../../src/config/passkeys.ts'
import { secretBeside } from '../../src/config/secret-file.ts'
import { configFrom, loadConfig } from '../../src/wiring/load-config.ts'
import { openServices } from '../../src/wiring/open-services.ts'
import { execute } from '../support/store.ts'

const secret = 'a secret of the tests, 32 bytes or more'
const postgres = 'postgres://sallyport:hunter2@localhost/sallyport'

/** The problems that a start with these settings reports. */
const problems = (env: Record<string, string>, folder = '/nonexistent') => problemsOf(() => loadConfig(env, folder))

function problemsOf(start: () => unknown): string[] {
  try {
    start()
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

const folderOf = (t: Test, files: Record<string, string> = {}) => t.testdir(files)
const sqliteIn = (folder: string) => `sqlite:${join(folder, 'data', 'sallyport.db')}`

test('Every setting has a default', async t => {
  const folder = folderOf(t)
  const config = loadConfig({ DATABASE_URL: sqliteIn(folder) }, folder)
  const { secret, databaseUrl, hashConcurrency, ...rest } = config
  t.match(secret, /^[\w-]{43}$/)
  t.equal(databaseUrl, sqliteIn(folder))
  t.ok(hashConcurrency >= 1)
  t.same(rest, {
    host: '127.0.0.1',
    port: 3000,
    issuer: 'http://127.0.0.1:3000',
    audience: 'http://127.0.0.1:3000',
    dpop: 'optional',
    signingAlg: 'ES256',
    keyRotation: 7_776_000,
    accessTokenTtl: 600,
    refreshTokenTtl: 1_209_600,
    sessionTtl: 7_776_000,
    refreshGrace: 30,
    passwordHash: 'bcrypt',
    bcryptCost: 12,
    mailFrom: 'no-reply@127.0.0.1',
    linkAfter: 'http://127.0.0.1:3000/console/',
    loginNotice: 'on',
    passwordMinLength: 15,
    secondFactor: 'optional',
    emailCodes: 'off',
    rpOrigins: [],
    registration: 'open',
    console: 'on',
    docs: 'on',
    resources: [],
    scopes: [],
    defaultScopes: ['me'],
    limits: [],
    identityProviders: [],
    firstPartyClient: 'on',
    trustProxy: [],
    corsOrigins: [],
    insecure: 'refuse',
    auditRetention: 31_536_000,
    webhookHosts: [],
    workers: 1,
    logLevel: 'info'
  })
})

test('The environment is read unless other settings are given, and an empty variable counts as absent', async t => {
  t.intercept(process, 'env', { value: { ...process.env, DATABASE_URL: 'sqlite::memory:', PORT: '4000' } })
  t.equal(loadConfig().port, 4000)
  t.equal(loadConfig({ DATABASE_URL: 'sqlite::memory:', PORT: '', SECRET_FILE: '' }).port, 3000)
})

test('Every setting has an environment variable with its name in upper case, a list with commas', async t => {
  t.same([envName('accessTokenTtl'), envName('host')], ['ACCESS_TOKEN_TTL', 'HOST'])
  const env = {
    PORT: '0',
    DATABASE_URL: postgres,
    SECRET: secret,
    TRUST_PROXY: '10.0.0.0/8, 192.0.2.1,::1 , 2001:db8::/32',
    CORS_ORIGINS: 'https://app.example.com,,http://localhost:5173,'
  }
  t.match(loadConfig(env, folderOf(t)), {
    port: 0,
    databaseUrl: postgres,
    secret,
    trustProxy: ['10.0.0.0/8', '192.0.2.1', '::1', '2001:db8::/32'],
    corsOrigins: ['https://app.example.com', 'http://localhost:5173']
  })
})

/** Asserts that a start refuses each of these values of the setting, and names what is expected. */
function refuses(t: Test, name: string, values: string[], expected: string, more: Record<string, string> = {}) {
  const isList = /^(CORS_ORIGINS|RESOURCES)$/.test(name)
  const shown = (value: string) =>
    isList ? JSON.stringify([value]) : name !== 'METRICS' && /^-?\d+$/.test(value) ? value : JSON.stringify(value)
  // What may contain a secret is not shown.
  const what = (value: string) => (/^(SECRET|\w+_URL)$/.test(name) ? '' : `${shown(value)}, which is `)
  t.same(
    values.flatMap(value => problems({ SECRET: secret, ...more, [name]: value })),
    values.map(value => `${name} is ${what(value)}not valid: expected ${expected}`)
  )
}

/** Asserts that each of these values of the setting is accepted as it is. */
const accepts = (t: Test, name: keyof Config, values: unknown[]) =>
  t.same(
    values.map(value => configFrom({ secret, [name]: value })[name]),
    values
  )

test('Wrong values are refused with the expected value', async t => {
  const scenarios: [name: string, values: string[], expected: string][] = [
    ['PORT', ['65536', '-1', '3e3', 'eighty'], 'a whole number from 0 to 65535'],
    ['ACCESS_TOKEN_TTL', ['0'], 'a whole number from 1 to 315360000'],
    ['SIGNING_ALG', ['none'], 'one of ES256, RS256, EdDSA, Ed25519'],
    ['REGISTRATION', ['maybe'], 'one of open, closed'],
    ['HOST', ['a b', '1.2.3.999', 'a@b', '$host', 'http://a'], 'an IP address or a host name'],
    [
      'METRICS',
      ['9464', ':9464', 'a;b:9464', '1.2.3.999:9464', '::1:9464', '127.0.0.1:65536', 'http://a:9464'],
      'host:port, such as 127.0.0.1:9464 or [::1]:9464'
    ],
    [
      'ISSUER',
      [
        ...['https://a.example/', 'https://a.example?x=1', 'https://a.example#x', 'https://me:pw@a.example'],
        ...['https://a.example:port', 'auth.example.com']
      ],
      'an http or https URL without query, fragment, username or trailing slash'
    ],
    ['SECRET', ['short'], '32 or more characters'],
    [
      'DATABASE_URL',
      ['mysql://root:hunter2@localhost/db', 'sqlite:///./test.db', 'sqlite: '],
      'sqlite:path, sqlite::memory: or postgres://user:password@host/database, with special characters percent-encoded'
    ],
    [
      'CORS_ORIGINS',
      ['example.com', 'https://a.example:443', 'https://A.example', 'https://a.example:99999'],
      'a comma-separated list, each an origin such as https://app.example.com, or *'
    ],
    ['AUDIENCE', ['urn:sallyport:enrol'], 'a non-empty string that does not begin with urn:sallyport:'],
    [
      'RESOURCES',
      ['urn:sallyport:enrol me'],
      'a comma-separated list, each an absolute URI without fragment and not below urn:sallyport:, followed by its scopes, all separated by spaces'
    ]
  ]
  for (const [name, values, expected] of scenarios) refuses(t, name, values, expected)
})

test('TRUST_PROXY takes addresses and ranges, and explains why not "true", a hop count or all addresses', async t => {
  const wrong = ['true', '1', '0.0.0.0/0', '::/0', '10.0.0.0/33', '10.0.0.0/8/8', '::1/129', '10.0.0.0/', 'proxy']
  const why =
    'an IP address or a CIDR range such as 10.0.0.0/8; "true", a hop count or /0 would let any client forge its address'
  t.same(
    wrong.flatMap(entry => problems({ TRUST_PROXY: `127.0.0.1,${entry}` })),
    wrong.map(entry => `TRUST_PROXY has "${entry}": expected ${why}`)
  )
})

test('No message shows the secret or the database password', async t => {
  const folder = folderOf(t, { url: 'mysql://root:hunter2@localhost/db', short: 'hunter2' })
  const settings = [
    { SECRET: 'hunter2' },
    { SECRET_FILE: join(folder, 'short') },
    { SECRET: secret, SECOND_SECRET: 'hunter2' },
    { SECRET: 'hunter2'.repeat(5), SECOND_SECRET: 'hunter2'.repeat(5) },
    { DATABASE_URL: 'mysql://root:hunter2@localhost/db' },
    { DATABASE_URL_FILE: join(folder, 'url') },
    { DATABASE_URL: postgres },
    { SECRET: secret, SMTP_URL: 'smpt://shop:hunter2@mail.example.com' },
    { SECRET: secret, SMTP_URL: 'smtp://shop:hunter2@mail.example.com:99999' },
    { SECRET: 'hunter2', SECRET_FILE: join(folder, 'short'), DATABASE_URL: postgres, PORT: 'x' }
  ]
  for (const env of settings) {
    const lines = problems(env as Record<string, string>)
    t.not(lines.length, 0)
    t.notMatch(lines.join('\n'), 'hunter2')
  }
})

test('A mail server is a URL, and a sender an address with or without a name', async t => {
  const encoded = 'with special characters percent-encoded'
  accepts(t, 'smtpUrl', [
    'smtp://localhost:1025',
    'smtps://a:p%40ss@mail.example.com',
    'smtp://[::1]:25?requireTLS=true'
  ])
  accepts(t, 'mailFrom', ['a@example.com', 'The Shop, Inc <a@example.com>', '<a@example.com>'])
  t.match(configFrom({ secret, issuer: 'https://auth.example.com:8443/x' }), { mailFrom: 'no-reply@auth.example.com' })
  const urls = ['mail.example.com', 'http://mail.example.com', 'smtp://', 'smtp://a b', 'smtp://h:99999']
  refuses(t, 'SMTP_URL', urls, `smtp://host:port or smtps://user:password@host, ${encoded}`)
  const senders = ['shop', 'a@b@c', 'Shop <a@b.c', 'a@b.c\r\nBcc: d@e.f', 'Shop a@b.c', '"Shop" <a@b.c>']
  refuses(t, 'MAIL_FROM', senders, 'an e-mail address, or Name <address>')
})

test('A range API has an https URL, or http on this machine, without username, query and fragment', async t => {
  accepts(t, 'breachCheck', [
    ...['https://api.pwnedpasswords.com/range/', 'https://range.example.com:8443', 'http://localhost:8080/range'],
    ...['http://127.0.0.1/', 'http://[::1]:1/range']
  ])
  const wrong = [
    ...[
      'http://api.pwnedpasswords.com/range/',
      'https://me:key@range.example.com/',
      'https://range.example.com/?prefix='
    ],
    ...['https://range.example.com/#', 'ftp://localhost/', 'range.example.com', 'https://']
  ]
  refuses(t, 'BREACH_CHECK', wrong, 'an https URL, or http for this machine, without username, query and fragment')
})

test('LINK_AFTER is an https URL, or http for this machine', async t => {
  accepts(t, 'linkAfter', ['https://app.example.com', 'https://example.com/a?b=c#d', 'http://localhost:5173/'])
  const wrong = [
    ...[
      'http://app.example.com',
      'app.example.com',
      'https://',
      'https://alice@example.com',
      'https://example.com/a b'
    ],
    ...['javascript://localhost/%0aalert(1)', 'data:text/html,x', '//example.com', '/app']
  ]
  refuses(t, 'LINK_AFTER', wrong, 'an https URL, or http for this machine, without username')
})

test('Without LINK_AFTER, the pages lead to the first web origin of RP_ORIGINS, or to the console if it is on', async t => {
  const issuer = 'https://auth.example.com/tenant'
  const android = `android:apk-key-hash:${'a'.repeat(43)}`
  const rpOrigins = [android, 'https://app.example.com', 'https://example.com']
  const linkAfter = (settings: object) => configFrom({ secret, issuer, ...settings }).linkAfter
  t.equal(linkAfter({ rpId: 'example.com', rpOrigins }), 'https://app.example.com')
  t.equal(linkAfter({ rpId: 'example.com', rpOrigins, linkAfter: 'https://example.org/' }), 'https://example.org/')
  t.equal(linkAfter({ rpId: 'example.com', rpOrigins: [android] }), `${issuer}/console/`)
  t.equal(linkAfter({ rpId: 'example.com' }), `${issuer}/console/`, 'the operator has set no origin')
  t.equal(linkAfter({ console: 'off' }), undefined)
})

test('RP_ID turns passkeys on, and RP_ORIGINS has its origin and that of an issuer below it', async t => {
  const origins = (rpId: string, issuer: string) => configFrom({ secret, rpId, issuer }).rpOrigins
  t.same(origins('example.com', 'https://auth.example.com:8443/x'), [
    'https://example.com',
    'https://auth.example.com:8443'
  ])
  t.same(origins('example.com', 'https://example.com'), ['https://example.com'])
  t.same(origins('example.com', 'https://badexample.com'), ['https://example.com'])
  t.same(origins('example.com', 'http://auth.example.com'), ['https://example.com'], 'not a secure context')
  t.same(origins('localhost', 'http://localhost:3000'), ['https://localhost', 'http://localhost:3000'])
  const given = ['https://app.example.com', 'https://example.org', `android:apk-key-hash:${'a'.repeat(43)}`]
  t.same(configFrom({ secret, rpId: 'example.com', rpOrigins: given }).rpOrigins, given)
})

test('RP_ID is a domain name in lower case, without scheme, port and address', async t => {
  accepts(t, 'rpId', ['localhost', 'app.localhost', 'example.com', 'a-1.b2.example.xn--p1ai'])
  const wrong = ['https://example.com', 'example.com:443', '127.0.0.1', 'Example.com', 'com', 'a..com', 'a.com.']
  refuses(t, 'RP_ID', wrong, 'a domain name in lower case, such as example.com, or localhost')
})

test('The origins of passkeys are checked, and refused without RP_ID', async t => {
  const wrong = [
    ...['http://example.com', 'https://example.com/', 'https://example.com:443', 'example.com', 'https://Example.com'],
    ...['ios:bundle-id:com.example', 'android:apk-key-hash:short', '*']
  ]
  for (const origin of wrong)
    t.match(
      problems({ SECRET: secret, RP_ID: 'example.com', RP_ORIGINS: origin }),
      [/^RP_ORIGINS is \[.*\], which is not valid: expected a comma-separated list, each /],
      origin
    )
  t.same(problems({ SECRET: secret, RP_ORIGINS: 'https://app.example.com,http://localhost:5173' }), [
    'RP_ORIGINS needs RP_ID, without which passkeys are off'
  ])
})

test('The issuer is the address of the server unless it is set', async t => {
  for (const [host, issuer] of [
    ['0.0.0.0', 'http://localhost:3000'],
    ['::', 'http://localhost:3000'],
    ['::1', 'http://[::1]:3000'],
    ['auth.example', 'http://auth.example:3000']
  ] as const) {
    t.equal(configFrom({ host, secret }).issuer, issuer)
  }
})

test('RP_ID=localhost alone gives the console passkeys, which browsers do not have at an IP address', async t => {
  const rpId = 'localhost'
  const config = configFrom({ secret, rpId, port: 4000 })
  t.match(config, { issuer: 'http://localhost:4000', rpOrigins: ['https://localhost', 'http://localhost:4000'] })
  t.equal(passkeyProblem(config), undefined)
  const rpOrigins = ['http://localhost:5173']
  const given = configFrom({ secret, rpId, rpOrigins })
  t.equal(given.issuer, 'http://127.0.0.1:3000', 'clients of the other page know this issuer')
  const problem = (origin: string) => `The console at ${origin} has no passkeys, because RP_ORIGINS lacks this origin.`
  t.equal(
    passkeyProblem(given),
    `${problem('http://127.0.0.1:3000')} Set RP_ID=localhost and ISSUER=http://localhost:3000, and add http://localhost:3000 to RP_ORIGINS if it is set.`
  )
  const issuer = 'https://auth.example.com'
  const elsewhere = configFrom({ secret, rpId: 'example.com', rpOrigins: ['https://app.example.com'], issuer })
  t.equal(passkeyProblem(elsewhere), `${problem(issuer)} Add it, unless only other pages use passkeys.`)
  t.equal(passkeyProblem({ ...elsewhere, console: 'off' }), undefined)
})

test('The former setting that required a second factor of administrators is refused, with the new one', async t => {
  const message = 'ADMIN_SECOND_FACTOR is no longer a setting. Write SECOND_FACTOR=administrators in its place.'
  t.same(problems({ ADMIN_SECOND_FACTOR: 'required' }, folderOf(t, {})), [message])
  t.same(problems({}, folderOf(t, { '.env': 'ADMIN_SECOND_FACTOR=required\n' })), [message])
})

test('The file .env may have the variables of other programs, whatever their values', async t => {
  const theirs =
    'NODE_ENV=development HOSTNAME=app API_KEY=a#b APP_PORT="4000 JWT_SECRET=x TRUST_PROXIES=1 vite_title=Shop'
  const lines = theirs.replaceAll(' ', '\n')
  const folder = folderOf(t, { '.env': `${lines}\ngreeting: hello\nPORT=4000\nDATABASE_URL=sqlite::memory:\n` })
  t.equal(loadConfig({}, folder).port, 4000)
})

test('In .env, one typing error in the name of a setting is refused, also in lower case', async t => {
  const found = (name: string) => problems({ SECRET: secret }, t.testdir({ '.env': `${name}="1` }))
  const inserted = { PORTS: 'PORT', SALYPORT_PORT: 'SALLYPORT_PORT', REGISTRATON: 'REGISTRATION', PRT: 'PORT' }
  const changed = { P0RT: 'PORT', port: 'PORT', DATABASE_URI: 'DATABASE_URL' }
  const exchanged = { PROT: 'PORT', SECRET_FIEL: 'SECRET_FILE' }
  for (const [wrong, right] of Object.entries({ ...inserted, ...changed, ...exchanged }))
    t.same(found(wrong), [`${wrong} in .env is not a setting. Did you mean ${right}?`], wrong)
  for (const other of ['PRTO4', 'OTRP', 'TPOR', 'HOSTNAME', 'REGISTER', 'SECRET_KEY'])
    t.same(problems({ SECRET: secret }, t.testdir({ '.env': `${other}=1` })), [], other)
})

test('SALLYPORT_X wins over X, and then the environment over .env', async t => {
  const file = (text: string) => t.testdir({ '.env': text, port: '7000\n' })
  const env = { DATABASE_URL: 'sqlite::memory:' }
  const port = (text: string, more: Record<string, string> = {}) => loadConfig({ ...env, ...more }, file(text)).port
  t.equal(port('PORT=1000\nSALLYPORT_PORT=2000'), 2000)
  t.equal(port('SALLYPORT_PORT=2000', { PORT: '3000' }), 2000)
  t.equal(port('SALLYPORT_PORT=2000', { PORT: '3000', SALLYPORT_PORT: '4000' }), 4000)
  t.equal(port('PORT=1000', { PORT: '3000' }), 3000)
  t.equal(port('PORT=1000', { SALLYPORT_PORT: '' }), 1000, 'an empty variable counts as absent')
  t.equal(port('PORT=1000', { SALLYPORT_PORT_FILE: join(file(''), 'port') }), 7000)
  t.equal(port('PORT=wrong', { SALLYPORT_PORT: '4000' }), 4000)
  t.same(problems({ ...env, SALLYPORT_PORT: 'x', PORT: '3000' }), [
    'SALLYPORT_PORT is "x", which is not valid: expected a whole number from 0 to 65535'
  ])
  t.same(problems({ ...env, SALLYPORT_PORT: '1', SALLYPORT_PORT_FILE: 'x' }), [
    'SALLYPORT_PORT and SALLYPORT_PORT_FILE are both set: keep one of them',
    'SALLYPORT_PORT_FILE: cannot read x (ENOENT)'
  ])
})

test('An unknown name with the prefix is refused, in the environment too', async t => {
  const folder = t.testdir({ '.env': 'SALLYPORT_PROT=1\n' })
  t.same(problems({ SECRET: secret, SALLYPORT_SECRE: 'x', SALLYPORT_COLOUR: 'red', PROT: '1' }, folder), [
    'SALLYPORT_PROT in .env is not a setting. Did you mean SALLYPORT_PORT?',
    'SALLYPORT_SECRE is not a setting. Did you mean SALLYPORT_SECRET?',
    'SALLYPORT_COLOUR is not a setting. docs/settings.md in the repository lists all settings.'
  ])
})

test('Variables that Kubernetes sets for a Service named sallyport are no settings', async t => {
  const env = {
    SALLYPORT_SERVICE_HOST: '10.0.0.1',
    SALLYPORT_SERVICE_PORT: '3000',
    SALLYPORT_SERVICE_PORT_HTTP: '3000',
    SALLYPORT_PORT: 'tcp://10.0.0.1:3000',
    SALLYPORT_PORT_3000_TCP: 'tcp://10.0.0.1:3000',
    SALLYPORT_PORT_3000_TCP_ADDR: '10.0.0.1'
  }
  t.match(loadConfig({ DATABASE_URL: 'sqlite::memory:', PORT: '4000', ...env }), { port: 4000 })
})

test('Another file can take the place of .env, and must exist then', async t => {
  const folder = t.testdir({
    '.env': 'PORT=1000\nPROT=1',
    'auth.env': 'PORT=2000\n',
    wrong: 'PROT=1\nSECRET x\nPORT=1 # 2'
  })
  const env = { DATABASE_URL: 'sqlite::memory:' }
  t.equal(loadConfig(env, folder, 'auth.env').port, 2000)
  t.equal(loadConfig(env, '/nonexistent', join(folder, 'auth.env')).port, 2000)
  t.same(
    problemsOf(() => loadConfig(env, folder, 'none.env')),
    ['Cannot read none.env (ENOENT)']
  )
  t.match(
    problemsOf(() => loadConfig(env, folder, 'wrong')),
    [
      /^line 2 of wrong is not/,
      /^PORT in line 3 of wrong has a #/,
      'PROT in wrong is not a setting. Did you mean PORT?'
    ]
  )
})

test('An unreadable .env is not treated as absent', async t => {
  const folder = t.testdir({ '.env': {} })
  t.same(problems({ SECRET: secret }, folder), ['Cannot read .env (EISDIR)'])
})

test('A setting can be in a file, without surrounding white space', async t => {
  const folder = folderOf(t, { secret: ` ${secret}\n`, url: `${postgres}\n`, port: '4000\n' })
  const env = {
    SECRET_FILE: join(folder, 'secret'),
    DATABASE_URL_FILE: join(folder, 'url'),
    PORT_FILE: join(folder, 'port')
  }
  t.match(loadConfig(env, folder), { secret, databaseUrl: postgres, port: 4000 })
  const dotEnv = t.testdir({ s: secret, '.env': `SECRET_FILE=${join(t.testdirName, 's')}` })
  t.equal(loadConfig({}, dotEnv).secret, secret)
})

test('Refuses a setting in two places, and a file that is unreadable or empty', async t => {
  const folder = folderOf(t, { secret, empty: '' })
  const file = join(folder, 'secret')
  const absent = join(folder, 'absent')
  t.same(problems({ SECRET: secret, SECRET_FILE: file }), ['SECRET and SECRET_FILE are both set: keep one of them'])
  t.same(problems({ DATABASE_URL: postgres, SECRET_FILE: absent }), [`SECRET_FILE: cannot read ${absent} (ENOENT)`])
  t.same(problems({ SECRET_FILE: join(folder, 'empty') }), [
    `SECRET in ${join(folder, 'empty')} is not valid: expected 32 or more characters`
  ])
})

test('A password in a URL that is not percent-encoded is a problem of its setting, which shows no part of it', async t => {
  const secrets = '/ ? # hun/ter2 hun?ter2 hun#ter2 12/ter2 12?ter2 12#ter2 h@n/t%r2 @/x @/x?'.split(' ')
  const folder = folderOf(t, { url: 'postgres://me:h@n/ter2@db.example.com/x' })
  const encoded = 'with special characters percent-encoded'
  for (const password of secrets) {
    const url = `postgres://me:${password}@db.example.com/x`
    for (const [name, env] of [
      ['DATABASE_URL', { DATABASE_URL: url }],
      ['SALLYPORT_DATABASE_URL', { SALLYPORT_DATABASE_URL: url }],
      ['MIGRATION_DATABASE_URL', { DATABASE_URL: postgres, MIGRATION_DATABASE_URL: url }],
      ['SMTP_URL', { DATABASE_URL: postgres, SMTP_URL: `smtps://me:${password}@mail.example.com` }]
    ] as const) {
      const [problem = '', ...others] = problems({ SECRET: secret, ...env })
      t.match(problem, new RegExp(`^${name} is not valid: expected .*${encoded}$`), url)
      t.same(others, [])
    }
    const right = `postgres://me:${encodeURIComponent(password)}@db.example.com/x`
    t.match(configFrom({ secret, databaseUrl: right, smtpUrl: right.replace('postgres', 'smtp') }), {
      databaseUrl: right
    })
  }
  t.match(problems({ SECRET: secret, DATABASE_URL_FILE: join(folder, 'url') }), [
    new RegExp(`^DATABASE_URL in ${join(folder, 'url')} is not valid: expected .*${encoded}$`)
  ])
  for (const databaseUrl of [
    'postgres:///x',
    // An @ in a parameter is none of a password.
    'postgres:///db?host=/run/postgresql&user=a@b',
    'postgres://u:p@h/db?sslrootcert=/etc/x@y.pem',
    'postgres://me@/x?host=/run/postgresql',
    'postgres://me:hunter2@/x?host=/run/postgresql',
    'postgres://db/x?user=me@server&password=y',
    'postgresql://me@company:p@ss@[::1]:5433/x?sslmode=verify-full'
  ])
    t.match(configFrom({ secret, databaseUrl }), { databaseUrl })
  t.same(problems({ SECRET: secret, SMTP_URL: 'smtp://me:hunter2@/' }).length, 1)
})

test('A second secret is as long as the first, another one, and may be in a file', async t => {
  const second = 'b'.repeat(32)
  const folder = folderOf(t, { second })
  t.equal(loadConfig({ SECRET: secret, SECOND_SECRET_FILE: join(folder, 'second') }, folder).secondSecret, second)
  t.equal(loadConfig({ SECRET: secret }, folder).secondSecret, undefined)
  t.same(problems({ SECRET: secret, SECOND_SECRET: 'short' }), [
    'SECOND_SECRET is not valid: expected 32 or more characters'
  ])
  const same = 'SECOND_SECRET is the same as SECRET: expected another secret'
  t.same(problems({ SECRET: secret, SECOND_SECRET: secret }), [same])
  const env = { DATABASE_URL: sqliteIn(folder) }
  const kept = loadConfig(env, folder).secret
  t.throws(
    () => loadConfig({ ...env, SECOND_SECRET: kept }, folder),
    { message: `The settings are not valid: ${same}` },
    'beside SQLite'
  )
})

test('The secret is created once beside the SQLite file, readable only by its owner, and found again', async t => {
  const folder = folderOf(t)
  const env = { DATABASE_URL: sqliteIn(folder) }
  const first = loadConfig(env, folder)
  const path = join(folder, 'data', 'secret')
  t.equal(readFileSync(path, 'utf8'), `${first.secret}\n`)
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.equal(statSync(join(folder, 'data')).mode & 0o777, 0o700)
  t.same(readdirSync(join(folder, 'data')), ['.gitignore', 'secret'], 'no temporary file is left')
  t.equal(loadConfig(env, folder).secret, first.secret)
  t.not(loadConfig({ DATABASE_URL: sqliteIn(join(folder, 'other')) }, folder).secret, first.secret)
})

test('A relative path is relative to the working directory, for the secret and the database', async t => {
  const folder = folderOf(t)
  t.chdir(folder)
  loadConfig({}, folder)
  t.ok(existsSync(join(folder, 'data', 'secret')))
  loadConfig({ DATABASE_URL: 'sqlite:test.db' }, '/nonexistent')
  t.ok(existsSync(join(folder, 'secret')))
  t.equal(sqlitePath('sqlite:data/sallyport.db'), 'data/sallyport.db')
})

test('A database in memory has a secret in memory', async t => {
  const folder = folderOf(t)
  t.chdir(folder)
  const env = { DATABASE_URL: 'sqlite::memory:' }
  t.not(loadConfig(env, folder).secret, loadConfig(env, folder).secret)
  t.same(readdirSync(folder), [])
})

test('An empty or too short secret file is refused, not replaced', async t => {
  for (const content of ['', '\n', 'too short']) {
    const folder = t.testdir({ secret: content })
    const path = join(folder, 'secret')
    t.same(problems({ DATABASE_URL: `sqlite:${join(folder, 'a.db')}` }), [
      `SECRET is not set, and ${path} has fewer than 32 characters: restore the secret of this database, or delete the file if the database is new`
    ])
    t.throws(() => secretBeside(join(folder, 'a.db'), 32, () => false), { message: /has fewer than 32 characters/ })
    t.equal(readFileSync(path, 'utf8'), content)
  }
})

test('No secret is made beside a database that has signing keys', async t => {
  const folder = folderOf(t)
  const env = { DATABASE_URL: sqliteIn(folder), BCRYPT_COST: '4' }
  const path = join(folder, 'data', 'secret')
  await (await openServices(loadConfig(env, folder))).close()
  rmSync(path)
  for (const start of [() => loadConfig(env, folder), () => configFrom({ databaseUrl: sqliteIn(folder) })])
    t.same(problemsOf(start), [
      `SECRET is not set, and ${path} is missing. It encrypted the signing keys of the database. Restore the file, or set SECRET. If it is lost, set a new SECRET and run \`sallyport secret discard\`.`
    ])
  t.notOk(existsSync(path))
  await execute(sqliteIn(folder), 'DELETE FROM keys')
  t.match(loadConfig(env, folder).secret, /^[\w-]{43}$/, 'without keys, the database can have a new secret')
  t.ok(existsSync(path))
})

test('A secret that another process makes together with the keys is used', async t => {
  const folder = folderOf(t)
  const theirs = 'the secret of the process that was faster'
  const hasKeys = () => {
    writeFileSync(join(folder, 'secret'), theirs)
    return true
  }
  t.equal(secretBeside(join(folder, 'a.db'), 32, hasKeys), theirs)
})

test('No secret is made beside a file that is not a database', async t => {
  const folder = folderOf(t, { 'a.db': 'this is not a database, and long enough for SQLite to see it'.repeat(20) })
  t.same(problems({ DATABASE_URL: `sqlite:${join(folder, 'a.db')}` }), [
    'Database error: file is not a database (SQLITE_NOTADB). DATABASE_URL has to name a SQLite database, or a new file'
  ])
  t.same(readdirSync(folder), ['a.db'])
})

test('A folder that is made for the database is kept out of repositories, and an existing one is left as it is', async t => {
  const folder = t.testdir({ old: {} })
  for (const name of ['new', 'old']) loadConfig({ DATABASE_URL: `sqlite:${join(folder, name, 'a.db')}` }, folder)
  t.equal(readFileSync(join(folder, 'new', '.gitignore'), 'utf8'), '*\n')
  t.same(readdirSync(join(folder, 'old')), ['secret'])
  const own = 'a secret of the tests, 32 bytes or more'
  const config = configFrom({ databaseUrl: `sqlite:${join(folder, 'mine', 'a.db')}`, secret: own, bcryptCost: 4 })
  await (await openServices(config)).close()
  t.equal(readFileSync(join(folder, 'mine', '.gitignore'), 'utf8'), '*\n')
})

test('A secret that can be neither read nor created is a settings problem', async t => {
  const none = t.fixture('symlink', 'none')
  const folder = t.testdir({ file: '', taken: { secret: {} }, dangling: none, link: { secret: none } })
  for (const [path, code] of [
    [join(folder, 'file', 'a.db'), 'ENOTDIR'],
    [join(folder, 'file', 'b', 'a.db'), 'ENOTDIR'],
    [join(folder, 'taken', 'a.db'), 'EISDIR'],
    [join(folder, 'dangling', 'a.db'), 'ENOENT'],
    [join(folder, 'link', 'a.db'), 'ENOENT']
  ] as const) {
    const [problem, ...others] = problems({ DATABASE_URL: `sqlite:${path}` })
    t.match(problem, /^SECRET is not set, and .*\/secret cannot be read or created: /)
    t.match(problem, code)
    t.same(others, [])
  }
})

test('Options of an embedding program are validated like the environment', async t => {
  t.match(configFrom({ databaseUrl: 'sqlite::memory:', port: 8080 }), { port: 8080, issuer: 'http://127.0.0.1:8080' })
  const options = { databaseUrl: 'sqlite::memory:', prot: 1, port: 99_999, trustProxy: ['true'], host: 5, scopes: 'me' }
  t.same(
    problemsOf(() => configFrom(options as never)),
    [
      'prot is not a setting',
      'host is 5, which is not valid: expected an IP address or a host name',
      'port is 99999, which is not valid: expected a whole number from 0 to 65535',
      'scopes is "me", which is not valid: expected an array, each printable ASCII without spaces, such as orders:read',
      'trustProxy has "true": expected an IP address or a CIDR range such as 10.0.0.0/8; "true", a hop count or /0 would let any client forge its address'
    ]
  )
})

const keepSecret = (path: string) => loadConfig({ DATABASE_URL: `sqlite:${path}` }).secret

/** Replaces the function for all modules until the test ends. */
function replaceLinkSync(t: Test, value: typeof fs.linkSync) {
  const { linkSync } = fs
  Object.assign(fs, { linkSync: value })
  syncBuiltinESMExports()
  t.teardown(() => {
    Object.assign(fs, { linkSync })
    syncBuiltinESMExports()
  })
}

test('Two processes that start at once both get the secret that was stored first', async t => {
  const folder = t.testdir()
  const theirs = 'the secret of the process that was faster'
  const { linkSync } = fs
  replaceLinkSync(t, (draft, path) => {
    writeFileSync(path, theirs)
    linkSync(draft, path)
  })
  t.equal(
    secretBeside(join(folder, 'a.db'), 32, () => false),
    theirs
  )
  t.same(readdirSync(folder), ['secret'], 'no temporary file is left')
  t.equal(keepSecret(join(folder, 'a.db')), theirs)
})

test('A file system without links is a settings problem', async t => {
  const folder = t.testdir()
  replaceLinkSync(t, () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' })
  })
  t.throws(() => secretBeside(join(folder, 'a.db'), 32, () => false), {
    message: `SECRET is not set, and ${join(folder, 'secret')} cannot be read or created: EPERM: operation not permitted, link`
  })
  t.same(readdirSync(folder), [])
})

test('A database in memory serves one process only (setting WORKERS)', async t => {
  const memory = { databaseUrl: 'sqlite::memory:' }
  t.throws(() => configFrom({ ...memory, workers: 2 }), {
    name: 'ConfigError',
    message: 'The settings are not valid: workers must be 1 with sqlite::memory:, which processes cannot share'
  })
  t.equal(configFrom({ ...memory, workers: 1 }).workers, 1)
})
