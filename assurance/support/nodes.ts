import type { Test } from 'tap'
import { builtAlone } from '../../test/support/built.ts'
import { startCli } from '../../test/support/cli-process.ts'
import { databaseUrl } from '../../test/support/engines.ts'
import { freePort } from '../../test/support/free-port.ts'
import { type ProxyName, startProxy } from './proxy.ts'

/** The first lines of the log, which are there at every level. */
const banner = /^\{"level":30.*\n/gm

/** Starts a server in its own process; resolves when it listens. */
export async function startNode(t: Test, env: Record<string, string>) {
  const node = startCli(t, ['serve'], env, { command: builtAlone })
  const url = await node.out.until(/Sallyport listens on ([^\s"]+)/)
  return { ...node, url }
}

/**
 * Two nodes on one PostgreSQL behind the proxy `name`, each in its own process; `restart` ends one with SIGTERM, starts
 * it again on its port, and resolves when it is ready.
 */
export async function startNodesBehind(
  t: Test,
  name: ProxyName,
  { takesTurns = false, settings = {} }: { takesTurns?: boolean; settings?: Record<string, string> } = {}
) {
  const [port, ...ports] = [await freePort(), await freePort(), await freePort()]
  const url = `http://127.0.0.1:${port}`
  const env = {
    DATABASE_URL: await databaseUrl(t, 'postgres'),
    SECRET: 'a secret of the tests, 32 bytes or more',
    ISSUER: url,
    TRUST_PROXY: '127.0.0.1',
    BCRYPT_COST: '4',
    LIMITS: 'registration=1000000,login=1000000,refresh=1000000',
    LOG_LEVEL: 'error',
    ...settings
  }
  const start = (index: number) => startNode(t, { ...env, PORT: String(ports[index]) })
  const nodes = await Promise.all([start(0), start(1)])
  const proxy = await startProxy(t, name, { port, nodes: ports as [number, number] }, { takesTurns })

  /** Resolves to the exit code, unexpected output, the status of /readyz, and how long the exit took (milliseconds). */
  async function restart(index: 0 | 1) {
    const begun = performance.now()
    const { child, exit, out, err } = nodes[index]
    child.kill('SIGTERM')
    const [code] = await exit
    const ended = performance.now()
    // At this log level both are empty unless something went wrong.
    const complaints = out.text().replace(banner, '') + (await err)
    nodes[index] = await start(index)
    const ready = await fetch(`${nodes[index].url}/readyz`)
    return { code, complaints, ready: ready.status, stopMs: ended - begun }
  }
  return { url, env, nodes, restart, folder: proxy.folder }
}
