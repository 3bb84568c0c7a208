import { createBatch } from '../core/batch.ts'
import { createBoundedLine, type Refusal } from '../core/bounded-line.ts'
import { inTurn, type Step } from '../core/in-turn.ts'
import { createServers } from '../core/servers.ts'
import { assumed } from './assumptions.ts'
import type { Database, World } from './database.ts'
import { databaseSeconds, hashSeconds, loopSeconds, readsOfLogin, written } from './service-times.ts'
import { poolSize } from './size.ts'

/** How a login ended: with tokens, with a wrong password, or refused by the hash queue. */
export type LoginEnd = 'done' | 'wrong' | Refusal

export type Node = ReturnType<typeof createNode>

/** The defaults of `HASH_QUEUE`, `HASH_MAX_WAIT` and the delay of a refusal. */
const queue = { length: 32, maxWaitSeconds: 5 }
const refusalDelay = 0.1

/** A node: an event loop, a pool of connections, and cores that hash passwords behind the hash queue. */
export function createNode(
  { clock, random }: World,
  database: Database,
  { hashCores, isLarge }: { hashCores: number; isLarge: boolean }
) {
  const loop = createServers(clock, 1)
  const pool = createServers(clock, poolSize)
  const hashes = createBoundedLine(clock, { concurrency: hashCores, ...queue })
  let hashed = 0
  const bytes = (list: Parameters<typeof written>[0]) => written(list, isLarge).bytes

  const work =
    (seconds: number): Step =>
    next =>
      loop.use(seconds, next)
  const wire: Step = next => clock.after(assumed('roundTripMs') / 2000, next)

  /** Runs steps of the database on a connection of the pool. */
  const roundTrip =
    (...steps: Step[]): Step =>
    next =>
      pool.acquire(() =>
        inTurn([wire, ...steps, wire], () => {
          pool.release()
          next()
        })
      )

  /** Reads that arrive in one turn of the event loop share a query. */
  const readSession = createBatch(
    end => loop.use(0, end),
    (count, done) => roundTrip(database.execute(databaseSeconds.sessions(count)))(done)
  )

  /** Refreshes that arrive in one turn share a transaction. */
  const rotate = createBatch(
    end => loop.use(0, end),
    (count, done) =>
      roundTrip(database.execute(databaseSeconds.refreshes(count)), database.commit(bytes('refresh') * count))(done)
  )

  const readForLogin = roundTrip(database.execute(databaseSeconds.loginRead))
  const hash: Step = next => {
    const seconds = hashSeconds * random.between(0.97, 1.03)
    clock.after(seconds, () => {
      hashed += seconds
      next()
    })
  }
  const endTurn: Step = next => {
    hashes.endTurn()
    next()
  }
  const right = [
    endTurn,
    roundTrip(database.execute(databaseSeconds.login), database.commit(bytes('login'))),
    work(loopSeconds.login / 2)
  ]
  const attempt = roundTrip(database.execute(databaseSeconds.attempt), database.commit(bytes('failure')))
  // The event is one of the four statements that were measured.
  const event = roundTrip(database.execute(databaseSeconds.attempt / 4), database.commit(bytes('failure') / 4))
  const wrong = [endTurn, event, work(loopSeconds.login / 2)]
  const beforeTurn = [work(loopSeconds.login / 2), ...Array<Step>(readsOfLogin).fill(readForLogin)]

  return {
    logIn(isRight: boolean, ended: (end: LoginEnd) => void) {
      if (hashes.isFull()) {
        inTurn([work(loopSeconds.refusal), next => clock.after(refusalDelay, next)], () => ended('full'))
        return
      }
      const begin = () => inTurn([attempt, hash, ...(isRight ? right : wrong)], () => ended(isRight ? 'done' : 'wrong'))
      inTurn(beforeTurn, () => hashes.enter(begin, ended))
    },

    refresh: (ended: () => void) =>
      inTurn([work(loopSeconds.refresh / 2), readSession, rotate, work(loopSeconds.refresh / 2)], ended),

    read: (ended: () => void) => inTurn([work(loopSeconds.me / 2), readSession, work(loopSeconds.me / 2)], ended),

    /** Seals `events`: reads the last seal, reads the events, hashes them, and then writes. */
    seal: (events: number, ended: () => void) =>
      inTurn(
        [
          roundTrip(),
          roundTrip(),
          work(loopSeconds.sealedEvent * events),
          roundTrip(
            database.execute(databaseSeconds.sealedEvent * events),
            database.commit((bytes('seal1000') / 1000) * events)
          )
        ],
        ended
      ),

    loop,
    pool,
    hashedSeconds: () => hashed
  }
}
