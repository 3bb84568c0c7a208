import { randomUUID } from 'node:crypto'
import t from 'tap'
import { createChallenges } from '../../../src/auth/passkeys/challenges.ts'
import { createClock } from '../../support/clocks.ts'

const secret = 'a secret of the tests, 32 bytes or more'

t.test('A challenge is for one user and one secret, and none is like another', async t => {
  const { now } = createClock()
  const { create, useOf } = createChallenges({ config: { secret }, newId: randomUUID, now })
  const challenge = create('alice')
  t.match(challenge, /^[\w-]{80,150}$/)
  t.not(create('alice'), challenge)
  t.match(useOf(challenge, 'alice'), { id: /^passkey-challenge:[0-9a-f-]{36}$/ })
  t.equal(useOf(challenge, 'bob'), undefined)
  t.equal(
    createChallenges({ config: { secret: `${secret}!` }, newId: randomUUID, now }).useOf(challenge, 'alice'),
    undefined
  )
})

t.test('A challenge of the second secret is accepted', async t => {
  const { now } = createClock()
  const [newId, other] = [randomUUID, `another ${secret}`]
  const { create } = createChallenges({ config: { secret }, newId, now })
  const both = createChallenges({ config: { secret: other, secondSecret: secret }, newId, now })
  t.ok(both.useOf(create('alice'), 'alice'))
  t.equal(createChallenges({ config: { secret }, newId, now }).useOf(both.create('alice'), 'alice'), undefined)
})

t.test('Another spelling of a challenge is refused', async t => {
  const { create, useOf } = createChallenges({ config: { secret }, newId: randomUUID, now: createClock().now })
  const challenge = create('alice')
  for (const spelling of [`${challenge}=`, ` ${challenge}`, `${challenge}\n`])
    t.equal(useOf(spelling, 'alice'), undefined, spelling)
  for (const wrong of ['', 'AAAA', `A${challenge}`, challenge.slice(0, -4)]) t.equal(useOf(wrong, 'alice'), undefined)
})

t.test('A used challenge is remembered for longer than it is valid', async t => {
  const { now, advance } = createClock()
  const { create, useOf } = createChallenges({ config: { secret }, newId: randomUUID, now })
  const challenge = create('alice')
  t.ok(Number(useOf(challenge, 'alice')?.expiresAt) > now().getTime() + 600_000)
  advance(599)
  t.ok(useOf(challenge, 'alice'))
  advance(1)
  t.equal(useOf(challenge, 'alice'), undefined)
})
