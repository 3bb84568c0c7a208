import { test } from 'tap'
import { commandHere, type Invocation, namingProgram, programHere } from '../../src/commands/invocation.ts'
import { readConfig } from '../../src/config/config.ts'
import { createCli, installed } from '../support/cli.ts'

const place = (more: Partial<Invocation>): Invocation => ({ ...installed({}), ...more })

const command = (env: Record<string, string>, more: Partial<Invocation> = {}, envFile?: string) => {
  const here = place({ ...more, env: { PATH: '/usr/bin', ...env } })
  return commandHere('setup-link', readConfig(env, here.folder, envFile), here)
}

test('The program is what a shell in this folder starts', t => {
  const program = (script: string, folder = '/srv/login') => programHere(place({ script, folder }))
  t.equal(program('/srv/login/node_modules/.bin/sallyport'), 'npx sallyport')
  t.equal(program('/srv/login/node_modules/.bin/sallyport', '/srv/login/data'), 'npx sallyport')
  t.equal(
    program('/srv/login/node_modules/.bin/sallyport', '/srv'),
    'node login/node_modules/.bin/sallyport',
    'npx finds nothing above the project'
  )
  const inPath = (folder: string) =>
    programHere(place({ script: `${folder}/sallyport`, env: { PATH: `${folder}:/usr/bin` } }))
  t.equal(inPath('/root/.npm/_npx/1/node_modules/.bin'), 'npx sallyport', 'the cache of npx')
  const scripts = '/opt/login/node_modules/.bin'
  t.equal(inPath(scripts), `node ${scripts}/sallyport`, 'npm has this folder in PATH only for its scripts')
  t.equal(program('/usr/bin/sallyport'), 'sallyport')
  t.equal(program('/opt/bin/sallyport'), 'node /opt/bin/sallyport', 'a folder that is not in PATH')
  t.equal(program('/srv/login/bin/sallyport.cjs'), 'node bin/sallyport.cjs')
  t.equal(program("/opt/Alice's login/bin/sallyport.cjs"), `node '/opt/Alice'\\''s login/bin/sallyport.cjs'`)
  t.end()
})

test('The command has the settings of the environment, and no secret', t => {
  t.equal(command({ DATABASE_URL: 'sqlite:/srv/login.db' }), 'DATABASE_URL=sqlite:/srv/login.db sallyport setup-link')
  t.equal(
    command({
      SALLYPORT_DATABASE_URL: 'postgres://login:hunter2@db/login',
      SECRET: 'a secret of the tests, 32 bytes or more',
      HOST: '0.0.0.0',
      PORT: '8080'
    }),
    'SALLYPORT_DATABASE_URL=… SECRET=… HOST=0.0.0.0 PORT=8080 sallyport setup-link'
  )
  t.equal(
    command({ DATABASE_URL: 'sqlite:/srv/login.db', ISSUER: 'https://login.example.com', PORT: '8080' }),
    'DATABASE_URL=sqlite:/srv/login.db ISSUER=https://login.example.com sallyport setup-link',
    'ISSUER replaces the address'
  )
  t.end()
})

test('The command enters the folder that the program, the database or .env is relative to', t => {
  const DATABASE_URL = 'sqlite:/srv/login.db'
  t.equal(command({}), 'cd /srv/login && sallyport setup-link')
  t.equal(
    command({ DATABASE_URL }, { script: '/srv/login/bin/sallyport.cjs' }),
    `cd /srv/login && DATABASE_URL=${DATABASE_URL} node bin/sallyport.cjs setup-link`
  )
  const folder = t.testdir({ '.env': 'LOG_LEVEL=info', 'auth.env': `DATABASE_URL=${DATABASE_URL}\n` })
  t.equal(command({ DATABASE_URL }, { folder }), `cd ${folder} && DATABASE_URL=${DATABASE_URL} sallyport setup-link`)
  t.equal(command({}, { folder }, 'auth.env'), `sallyport setup-link --env-file ${folder}/auth.env`)
  t.end()
})

test('The command of a systemd unit runs as root, with the file of its secret', t => {
  const folder = t.testdir({ secret: 'a secret of the tests, 32 bytes or more' })
  const env = {
    DATABASE_URL: 'sqlite:/var/lib/sallyport/sallyport.db',
    SECRET_FILE: `${folder}/secret`,
    ISSUER: 'https://login.example.com',
    SYSTEMD_EXEC_PID: '100'
  }
  const script = '/opt/sallyport/bin/sallyport.cjs'
  t.equal(
    command(env, { script, folder: '/var/lib/sallyport' }),
    `sudo env DATABASE_URL=sqlite:/var/lib/sallyport/sallyport.db SECRET_FILE=${folder}/secret ISSUER=https://login.example.com node ${script} setup-link`
  )
  const exists = (path: string) => path === '/usr/local/bin/sallyport'
  t.equal(command(env, { script, exists }), 'sudo sallyport setup-link', 'the command of deploy/ knows the settings')
  t.equal(command({ ...env, SYSTEMD_EXEC_PID: '2' }, { script }).startsWith('DATABASE_URL='), true)
  t.equal(
    command({ DATABASE_URL: 'sqlite:/srv/a.db', SYSTEMD_EXEC_PID: '100' }, { script }),
    `sudo env DATABASE_URL=sqlite:/srv/a.db node ${script} setup-link`
  )
  t.end()
})

test('The command of a container runs in it, where its settings are', t => {
  const script = '/app/bin/sallyport.cjs'
  const run = (marker: string, env = {}, host = 'login-1') =>
    command(
      { SECRET: 'a secret of the tests, 32 bytes or more', ...env },
      { script, folder: '/app', host, exists: path => path === marker }
    ).replace(' node bin/sallyport.cjs setup-link', '')
  t.equal(run('/.dockerenv'), 'docker exec -it CONTAINER', 'a name that Docker may not know')
  t.equal(run('/.dockerenv', {}, '0123456789ab'), 'docker exec -it 0123456789ab')
  t.equal(run('/run/.containerenv', {}, '0123456789ab'), 'podman exec -it 0123456789ab')
  t.equal(run('', { KUBERNETES_SERVICE_HOST: '10.0.0.1' }), 'kubectl exec -it login-1 --')
  t.end()
})

test('A text names the program wherever it names a command', async t => {
  t.equal(
    namingProgram('Run `sallyport doctor`, or `sallyport keys list`. Sallyport is a server.', 'node $& x'),
    'Run `node $& x doctor`, or `node $& x keys list`. Sallyport is a server.'
  )
  const { sallyport } = createCli(t, {}, { hasDatabase: false })
  t.match(await sallyport(['keys', 'list']), { err: 'run `sallyport serve`' })
})
