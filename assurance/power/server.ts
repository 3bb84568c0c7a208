import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Test } from 'tap'
import { createRandom, faultEnv } from '../../test/support/faults.ts'
import { Unavailable } from '../support/writer/requests.ts'
import { createWriter, type Writer } from '../support/writer.ts'
import { faultsOf } from './image.ts'
import { createMachine, type How } from './machine.ts'

const database = 'data/test.db'
const secret = 'data/secret'
const writers = 4

/**
 * A machine with a server, whose first start makes the folder, the secret and the database. Each power cut has to leave
 * the secret, a whole database and every acknowledged write.
 */
export function createServer(t: Test, settings: Record<string, string> = {}) {
  const random = createRandom()
  t.comment(`FAULT_SEED=${random.seed}`)
  const machine = createMachine(t, random, async (image, promises) => {
    const isLost = promises.count() > 0 && read(join(image, secret)) !== read(join(machine.folder, secret))
    const faults = await faultsOf(join(image, database), promises)
    return isLost ? ['the secret is lost', ...faults] : faults
  })
  const { SECRET: _, ...env } = faultEnv({ DATABASE_URL: `sqlite:${join(machine.folder, database)}`, ...settings })
  const clients = Array.from({ length: writers }, (_, index) => createWriter(index, random))
  const acknowledged = () => clients.reduce((sum, client) => sum + client.counts().acknowledged, 0)

  return {
    machine,
    env,

    /**
     * Starts the server, ends it with `signal` when `writes` more are acknowledged and `beside` is done, and waits for
     * its end. With `mayRefuse`, it may refuse some.
     */
    async load(
      how: How & { writes: number; signal: 'SIGTERM' | 'SIGKILL'; beside?: () => Promise<void>; mayRefuse?: boolean }
    ) {
      const { writes, signal, beside = async () => {}, mayRefuse = false } = how
      const server = machine.start(env, ['serve'], how)
      const address = await server.listens
      let isOver = false
      server.exit.then(() => {
        isOver = true
      })
      const wrong: string[] = []

      /** Asks what has become of the requests that were refused. */
      async function clarify(client: Writer): Promise<void> {
        while (!isOver) {
          try {
            wrong.push(...(await client.verify(() => address, false)))
            return
          } catch (error) {
            if (!(error instanceof Unavailable)) throw error
            await sleep(50)
          }
        }
      }

      async function write(client: Writer): Promise<void> {
        while (!isOver) {
          try {
            return await client.write(address)
          } catch (error) {
            if (!mayRefuse || !(error instanceof Unavailable)) throw error
            await clarify(client)
          }
        }
      }
      const load = Promise.all(clients.map(write))
      const commands = beside()
      const enough = acknowledged() + writes
      while (!isOver && acknowledged() < enough) await Promise.race([load, sleep(5)])
      await commands
      server.child.kill(signal)
      t.same(await server.exit, signal === 'SIGTERM' ? [0, null] : [null, 'SIGKILL'], server.output())
      await Promise.all([load, server.ended])
      t.same(wrong, [], 'what was refused has not happened')
    }
  }
}

/** A secret, or `undefined` where there is none. */
function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
