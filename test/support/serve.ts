import { once } from 'node:events'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { Test } from 'tap'
import type { Config } from '../../src/config/config.ts'
import { type RunningServer, type ServeOptions, serve } from '../../src/process/server.ts'
import { password, testConfig } from './app.ts'
import { databaseUrl } from './engines.ts'

/** Takes the output of the server. */
export const ignore = () => {}

/** Settings of a server on any port, which stops without a delay. */
export const settings = async (t: Test, more: Partial<Config> = {}) =>
  testConfig({ databaseUrl: await databaseUrl(t, 'sqlite'), port: 0, ...more })

/** A server in this process, closed when the test ends; a signal is an event. */
export async function startHere(t: Test, config: Config, options?: ServeOptions): Promise<RunningServer> {
  const before = process.listeners('SIGTERM')
  const server = await serve(config, ignore, options)
  t.teardown(async () => {
    await server.app.close()
    for (const name of ['SIGTERM', 'SIGINT'] as const)
      for (const listener of process.listeners(name)) if (!before.includes(listener)) process.off(name, listener)
  })
  return server
}

/** Sends a login over a connection that is kept open afterwards; `answered` resolves to status and body. */
export function sendLogin(t: Test, url: string) {
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const sent = request(`${url}/token`, {
    agent,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' }
  })
  sent.end(String(new URLSearchParams({ grant_type: 'password', username: 'alice', password })))
  const answered = once(sent, 'response').then(async ([response]: IncomingMessage[]) => ({
    status: response?.statusCode,
    connection: response?.headers.connection,
    body: JSON.parse(await text(response as IncomingMessage))
  }))
  return { answered }
}
