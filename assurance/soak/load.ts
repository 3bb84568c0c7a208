import { setTimeout as sleep } from 'node:timers/promises'
import { createRandom } from '../../test/support/faults.ts'
import { type Api, type NextUrl, Unavailable } from '../support/writer/requests.ts'
import { createWriter } from '../support/writer.ts'
import { createAuditor } from './auditor.ts'

export type Load = ReturnType<typeof startLoad>

const writerCount = 4
/** How long a client rests between two requests. The auditor's are expensive. */
const pausesMs = { writer: 20, auditor: 1000 }
const pauseOfUnavailableMs = 200
/** How long the service may take to work again after a fault. Slow machines start slowly. */
const longestOutageMs = 180_000

interface Client extends ReturnType<typeof inTurn> {
  /** Does one thing; resolves to whether a write was acknowledged. */
  step(): Promise<boolean>
  pauseMs: number
  /** How many steps were answered. */
  done: number
}

interface Dependencies {
  next: NextUrl
  seed: number
  api: Api
  /** Whether requests may get no answer, or 503. */
  isInterrupted(): boolean
  /** Receives every answer that is wrong. */
  report(what: string): void
}

/** Clients that use the service until `stop`: writers, and an administrator who reads the audit trail. */
export function startLoad({ next, seed, api, isInterrupted, report }: Dependencies) {
  const writers = Array.from({ length: writerCount }, (_, index) => ({
    ...createWriter(index, createRandom(seed + index), api),
    ...inTurn()
  }))
  const clients: Client[] = [
    ...writers.map(({ step, alone }) => ({ step: () => step(next), alone, pauseMs: pausesMs.writer, done: 0 })),
    { step: createAuditor(next, api), pauseMs: pausesMs.auditor, ...inTurn(), done: 0 }
  ]
  let [isOver, acknowledged, refused] = [false, 0, 0]

  async function attempt(client: Client): Promise<void> {
    const wasInterrupted = isInterrupted()
    try {
      if (await client.step()) acknowledged++
      client.done++
    } catch (error) {
      if (error instanceof Unavailable) {
        if (error.isAnswered) refused++
        if (!wasInterrupted && !isInterrupted()) report(`Not served: ${error.message}`)
        await sleep(pauseOfUnavailableMs)
      } else {
        report((error as Error).message)
        client.done++
      }
    }
  }

  const working = clients.map(async client => {
    while (!isOver) {
      await client.alone(() => attempt(client))
      await sleep(client.pauseMs)
    }
  })

  /** Repeats `run` while a fault keeps it from ending. */
  async function untilServed<T>(run: () => Promise<T>): Promise<T> {
    const giveUpAt = performance.now() + longestOutageMs
    for (;;) {
      try {
        return await run()
      } catch (error) {
        if (!(error instanceof Unavailable) || !isInterrupted() || performance.now() > giveUpAt) throw error
        await sleep(pauseOfUnavailableMs)
      }
    }
  }

  return {
    /** The differences between the state and the acknowledged writes of each writer, while the others write. */
    async verify(everything: boolean): Promise<string[]> {
      const wrong: string[] = []
      for (const { verify, alone } of writers)
        wrong.push(...(await alone(() => untilServed(() => verify(next, everything)))))
      return wrong
    },

    /** Resolves when each client has got an answer other than 503 to a request that it has sent from now on. */
    async worked(): Promise<void> {
      // The first step may have begun before.
      const enough = clients.map(({ done }) => done + 2)
      const giveUpAt = performance.now() + longestOutageMs
      while (clients.some(({ done }, index) => done < Number(enough[index]))) {
        if (performance.now() > giveUpAt) throw new Error('The service has not worked again within three minutes')
        await sleep(50)
      }
    },

    /** How many writes were acknowledged, and how many requests were answered with 503. */
    counts: () => ({ acknowledged, refused }),

    async stop(): Promise<void> {
      isOver = true
      await Promise.all(working)
    },

    /** The names of the accounts that have to exist, and of those that must not. */
    names: () => ({
      existing: writers.flatMap(({ names }) => names().existing),
      deleted: writers.flatMap(({ names }) => names().deleted)
    })
  }
}

/** Lets one run after the other. */
function inTurn() {
  let last: Promise<unknown> = Promise.resolve()
  return {
    alone<T>(run: () => Promise<T>): Promise<T> {
      const result = last.then(run)
      last = result.catch(() => {})
      return result
    }
  }
}
