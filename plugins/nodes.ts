import { hostname } from 'node:os'
import fp from 'fastify-plugin'
import { packageVersion } from '../src/base/package.ts'
import { every } from '../src/base/recurring.ts'

// Writes a row for this process while it serves, every minute, with the features that it knows, and reads those of the
// others. Removes its row when the server stops, and the rows of processes that have not done so.
const minuteMs = 60_000

/** How long the row of a process stays that was killed, in milliseconds. */
export const goneMs = 10 * minuteMs

export default fp(
  async app => {
    const { databaseClock, dpop, nodeFeatures } = app
    const { nodes } = app.db
    const node = {
      id: app.clock.newId(),
      host: hostname(),
      version: packageVersion,
      runtime: `Node.js ${process.versions.node}`,
      startedAt: databaseClock.now(),
      features: nodeFeatures.own
    }
    const complaint = 'failed to record that this process runs, or to read which others do'
    const fail = (err: unknown) => app.logFailure('warn', { err }, complaint)

    async function renew() {
      const seenAt = databaseClock.now()
      await nodes.renew({ ...node, seenAt })
      await nodes.forget(new Date(seenAt.getTime() - goneMs))
      await readFeatures()
    }

    async function readFeatures() {
      const bound = dpop.binds()
      await nodeFeatures.read()
      if (bound === dpop.binds()) return
      const versions = nodeFeatures.versionsWithout('dpop').join(', ')
      app.log.info(
        bound
          ? `New logins are not bound to keys (DPoP): a node of version ${versions} is older or has DPOP=off, and would end them.`
          : 'New logins are bound to keys (DPoP) again.'
      )
    }
    // Before the first request.
    await readFeatures().catch(fail)

    let stop: (() => Promise<void>) | undefined
    app.whenServing(async () => {
      stop = every(minuteMs, renew, fail)
      await renew()
    }, complaint)
    app.addHook('onClose', async () => {
      await stop?.()
      if (stop) await nodes.remove(node.id).catch(fail)
    })
  },
  { name: 'nodes', dependencies: ['outage', 'serving', 'db', 'services', 'database-clock'] }
)
