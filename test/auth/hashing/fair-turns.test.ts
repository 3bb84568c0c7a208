import { setTimeout } from 'node:timers/promises'
import t from 'tap'
import { createHashQueue } from '../../../src/auth/hashing/hash-queue.ts'
import { noPreparation, type TurnRequest } from '../../../src/auth/hashing/hash-turn.ts'

/** Lets everything run that can run now; a refusal takes a timer. */
const settle = () => setTimeout(5)

/** A queue whose hashes end one by one, and the names of the callers in the order of their turns and refusals. */
function createTurns(limits: { concurrency?: number; length?: number } = {}) {
  const queue = createHashQueue({ concurrency: 1, length: 32, maxWaitMs: 10_000, ...limits })
  const running: { name: string; endTurn: () => void }[] = []
  const [served, refused] = [[] as string[], [] as string[]]
  return {
    queue,
    served,
    refused,
    running: () => running.map(({ name }) => name),
    ask(name: string, asks: TurnRequest) {
      queue.takeTurn(asks, noPreparation).then(
        ({ end }) => {
          running.push({ name, endTurn: end })
          served.push(name)
        },
        () => refused.push(name)
      )
    },
    /** Ends the oldest turns, one after the other. */
    async end(count: number) {
      for (let n = 0; n < count; n++) {
        await settle()
        running.shift()?.endTurn()
        await settle()
      }
    }
  }
}

const at = (prefix: string, account = prefix, isKnown = false) => ({ prefix, account, isKnown })

t.test('Turns go round between prefixes, and within a prefix between accounts', async t => {
  const { ask, end, served } = createTurns()
  for (const name of ['a1', 'a2', 'a3', 'a4']) ask(name, at('a', 'alice'))
  ask('a-bob', at('a', 'bob'))
  for (const name of ['b1', 'b2']) ask(name, at('b', 'carol'))
  await end(7)
  t.strictSame(served, ['a1', 'a2', 'b1', 'a-bob', 'b2', 'a3', 'a4'])
})

t.test('Turns alternate between known and unknown callers', async t => {
  const { ask, end, served } = createTurns()
  for (let n = 0; n < 20; n++) ask(`bot${n}`, at(`prefix${n}`))
  for (const name of ['known1', 'known2', 'known3']) ask(name, at('home', name, true))
  await end(8)
  t.strictSame(served.slice(1, 8), ['known1', 'bot1', 'known2', 'bot2', 'known3', 'bot3', 'bot4'])
})

t.test('An account has no more than half of the turns while others wait, and never more than eight', async t => {
  const { ask, end, running } = createTurns({ concurrency: 4 })
  for (let n = 0; n < 12; n++) ask('alice', at(`prefix${n}`, 'alice'))
  await settle()
  t.strictSame(running(), ['alice', 'alice', 'alice', 'alice'], 'all, while no other account waits')
  for (let n = 0; n < 4; n++) ask(`bob${n}`, at('b', `bob${n}`))
  await end(4)
  t.strictSame(running().sort(), ['alice', 'alice', 'bob0', 'bob1'], 'from any number of prefixes')

  const wide = createTurns({ concurrency: 16 })
  for (let n = 0; n < 12; n++) wide.ask('alice', at('a', 'alice'))
  await settle()
  t.equal(wide.running().length, 8)
  wide.ask('bob', at('a', 'bob'))
  await settle()
  t.equal(wide.running().at(-1), 'bob', 'others begin at once')
  await wide.end(13)
  t.equal(wide.served.length, 13, 'all are served')
})

t.test('When the queue is full, the prefix with the most callers gives a place to others', async t => {
  const { ask, end, served, refused, queue } = createTurns({ length: 8 })
  for (let n = 0; n < 10; n++) ask(`a${n}`, at('a', 'alice'))
  await settle()
  t.strictSame(refused, ['a7', 'a8', 'a9'], 'a quarter of the places is for known callers')
  await queue.assertRoom('b')
  ask('b', at('b'))
  ask('c', at('c'))
  ask('another', at('a', 'bob'))
  await settle()
  t.strictSame(refused.slice(3), ['a6', 'a5', 'a4'], 'also to another account at the same prefix')
  ask('a10', at('a', 'alice'))
  await settle()
  t.strictSame(refused.slice(6), ['a10'])
  await end(7)
  t.strictSame(served, ['a0', 'a1', 'b', 'c', 'another', 'a2', 'a3'])
})

t.test('Unknown callers of many prefixes leave a quarter of the places to known ones', async t => {
  const { ask, end, served, refused, queue } = createTurns({ length: 8 })
  for (let n = 0; n < 30; n++) ask(`bot${n}`, at(`prefix${n}`))
  await settle()
  t.equal(refused.length, 23)
  await queue.assertRoom('home')
  ask('owner', at('home', 'alice', true))
  ask('other', at('office', 'bob', true))
  await settle()
  t.equal(refused.length, 23)
  ask('third', at('cafe', 'carol', true))
  await settle()
  t.strictSame(refused.slice(23), ['third'], 'one more finds no prefix with more callers')
  await t.rejects(queue.assertRoom('cafe'), { name: 'OAuthError', status: 503 })
  await end(2)
  t.strictSame(served.slice(0, 2), ['bot0', 'owner'])
})

t.test('Known callers of one prefix give places to others, known or not', async t => {
  const { ask, refused, queue } = createTurns({ length: 8 })
  for (let n = 0; n < 9; n++) ask(`a${n}`, at('a', 'alice', true))
  await settle()
  t.strictSame(refused, [])
  await queue.assertRoom('b')
  ask('b', at('b'))
  ask('c', at('c', 'carol', true))
  await settle()
  t.strictSame(refused, ['a8', 'a7'])
})

t.test('A prefix whose known callers find no place may have one for a new caller', async t => {
  const { ask, refused, queue } = createTurns({ length: 7 })
  ask('first', at('z'))
  for (let n = 0; n < 3; n++) ask(`known${n}`, at('office', `known${n}`, true))
  for (let n = 0; n < 4; n++) ask(`bot${n}`, at('q', `bot${n}`))
  await settle()
  await queue.assertRoom('office')
  ask('another', at('office', 'another', true))
  ask('new', at('office', 'new'))
  await settle()
  t.strictSame(refused, ['bot3', 'another'])
})
