import { join } from 'node:path'
import { freePort } from '../../test/support/free-port.ts'
import { type RunningServer, startServer } from '../processes.ts'
import { getJson, postForm, postJson } from '../request.ts'
import { account, type Entrant, type Place, secret } from './entrant.ts'
import { rootFolder, runToEnd } from './packages.ts'

const { username, password } = account

/** Starts the build in the folder `root` of a clone as an operator runs it: one process, and a log of errors. */
export async function startSallyport(root: string, { folder, cores, env }: Place): Promise<RunningServer> {
  const port = await freePort()
  return startServer({
    command: [process.execPath, join(root, 'bin', 'sallyport.cjs'), 'serve'],
    cwd: folder,
    port,
    cores,
    readyPath: '/readyz',
    env: {
      NODE_ENV: 'production',
      LOG_LEVEL: 'warn',
      HOST: '127.0.0.1',
      PORT: String(port),
      DATABASE_URL: `sqlite:${join(folder, 'sallyport', 'bench.db')}`,
      SECRET: secret,
      DRAIN_DELAY: '0',
      // All clients of a figure come from one address, and many of them share an account.
      LOGIN_LIMIT: '1000000',
      REFRESH_LIMIT: '1000000',
      ...env
    }
  })
}

/** Sallyport itself, built. */
export const sallyport: Entrant = {
  name: 'sallyport',
  title: 'Sallyport',
  prepare: async () => runToEnd(['npm', 'run', 'build'], rootFolder),
  start: place => startSallyport(rootFolder, place),
  register: postJson('/users', account),
  logIn: postForm('/token', { grant_type: 'password', username, password }),
  tokenOf: ({ json }) => String(json.access_token),
  me: token => getJson('/users/me', token)
}
