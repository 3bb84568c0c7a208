import { setTimeout as sleep } from 'node:timers/promises'
import { password, testConfig } from '../../../test/support/app.ts'
import { startProgram } from '../../../test/support/faults.ts'
import { loadRelease, releases } from '../../../test/support/released.ts'
import { inspect } from '../../support/inspect.ts'
import { ask, expect } from '../../support/writer/requests.ts'
import type { Fault } from '../fault.ts'

/** When the first process is killed at the latest, in milliseconds. */
const longestMs = 1500

/**
 * The stored database of a released version is migrated beside the service, by a server that starts after another was
 * killed.
 */
export const upgrade: Fault = {
  name: 'upgrade of a released database, killed once',
  async run({ service, random, teardowns }) {
    const url = await service.createDatabase()
    const release = String(releases[random.below(releases.length)])
    const { client } = await loadRelease(url, release, service.engine)
    const settings = { DATABASE_URL: url, SECRET: testConfig().secret, WORKERS: '1' }
    const start = () => startProgram(teardowns, { ...service.env(), ...settings })

    const killed = start()
    await sleep(random.below(longestMs))
    killed.child.kill('SIGKILL')
    await killed.exit
    const { child, exit, listens } = start()
    const node = await listens
    const logIn = { grant_type: 'password', username: 'carol', password }
    expect(200, await ask(`${node}/token`, { form: logIn }))
    const asClient = { grant_type: 'client_credentials', client_id: client.id, client_secret: client.secret }
    expect(200, await ask(`${node}/token`, { form: asClient }))
    child.kill('SIGTERM')
    await exit
    await service.command(['audit', 'verify'], settings)
    const { integrity } = await inspect(url)
    if (integrity !== 'ok') throw new Error(`The database of ${release} is damaged: ${integrity}`)
  }
}
