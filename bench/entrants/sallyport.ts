import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { type RunningServer, startServer } from '../processes.ts'
import { ask, getJson, type HttpRequest, postForm, postJson } from '../request.ts'
import { account, type Entrant, type Place, secret } from './entrant.ts'
import { rootFolder, runToEnd } from './packages.ts'
import { asClient, type OAuth, postRefresh, type TokenServer } from './token-server.ts'

const { username, password } = account

/** The settings that find the database of the server in `folder`. */
const databaseSettings = (folder: string) => {
  return { DATABASE_URL: `sqlite:${join(folder, 'sallyport', 'bench.db')}`, SECRET: secret }
}

const main = (root: string) => join(root, 'bin', 'sallyport.cjs')

/** Runs a command to its end on the database of the server in `folder`; returns the seconds that it took. */
export const runSallyport = (args: string[], folder: string) =>
  runToEnd([process.execPath, main(rootFolder), ...args], folder, databaseSettings(folder))

/** The same for a commit of 0.3.0, which `--against` measures. */
const former = {
  DRAIN_DELAY: '0',
  REGISTRATION_LIMIT: '1000000',
  LOGIN_LIMIT: '1000000',
  REFRESH_LIMIT: '1000000',
  HASH_QUEUE: '10000',
  HASH_MAX_WAIT: '60'
}

/** Starts the build in the folder `root` of a clone as its unit runs it: one process, and a log of errors. */
export async function startSallyport(root: string, { folder, cores, env }: Place): Promise<RunningServer> {
  const unit = readFileSync(join(root, 'deploy/sallyport.service'), 'utf8')
  const [, options = ''] = /^ExecStart=\S+ (--\S+)/m.exec(unit) ?? []
  const port = await freePort()
  return startServer({
    command: [process.execPath, ...options.split(' ').filter(Boolean), main(root), 'serve'],
    cwd: folder,
    port,
    cores,
    readyPath: '/readyz',
    env: {
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      HOST: '127.0.0.1',
      PORT: String(port),
      ...databaseSettings(folder),
      // All clients of a figure come from one address, and many of them share an account.
      LIMITS: 'registration=1000000,login=1000000,refresh=1000000',
      ...former,
      ...env
    }
  })
}

/** Sallyport itself, built. */
export const sallyport: Entrant = {
  name: 'sallyport',
  title: 'Sallyport',
  prepare: async () => void runToEnd(['npm', 'run', 'build'], rootFolder),
  start: place => startSallyport(rootFolder, place),
  register: postJson('/users', account),
  logIn: postForm('/token', { grant_type: 'password', username, password }),
  tokenOf: ({ json }) => String(json.access_token),
  me: token => getJson('/users/me', token)
}

async function setUp({ url }: RunningServer): Promise<OAuth> {
  await ask(url, sallyport.register)
  const logIn = async (scope: string) =>
    (await ask(url, postForm('/token', { grant_type: 'password', username, password, scope }))).json
  const authorization = `Bearer ${(await logIn('introspect clients:write')).access_token}`
  async function newClient(name: string) {
    const about = { name, confidential: true, grants: ['client_credentials'], scopes: ['introspect'] }
    const { headers, ...post } = postJson('/clients', about)
    const { json } = await ask(url, { ...post, headers: { ...headers, authorization } })
    return (request: HttpRequest) => asClient(String(json.client_id), String(json.client_secret), request)
  }
  const [client, other] = [await newClient('api'), await newClient('other')]
  const grant = postForm('/token', { grant_type: 'client_credentials', scope: 'introspect' })
  return {
    async logIns(count) {
      const tokens: string[] = []
      while (tokens.length < count) tokens.push(String((await logIn('me')).refresh_token))
      return tokens
    },
    refresh: token => postRefresh('/token', token),
    clientCredentials: [client(grant), other(grant)],
    introspect: (token, hint) => client(postForm('/introspect', { token, token_type_hint: hint }))
  }
}

/** Sallyport, of this or of another commit, as a server that issues tokens. */
export const asTokenServer = (entrant: Entrant): TokenServer => ({ ...entrant, differs: {}, setUp })
