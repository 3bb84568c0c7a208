import { test } from 'tap'
import { createSeen } from '../../src/store/seen.ts'

test('a name is claimed once, and whoever comes later hears where', async t => {
  const seen = createSeen()
  t.teardown(() => seen.close())
  t.equal(seen.claim(['username alice', 'email a@example.com'], 2), undefined)
  t.equal(seen.claim(['username bob'], 3), undefined)
  t.same(seen.claim(['username carl', 'email a@example.com'], 4), { name: 'email a@example.com', place: 2 })
  t.equal(seen.claim(['username carl'], 5), undefined, 'a claim that was refused has claimed nothing')
  t.same(seen.claim(['username alice', 'username bob'], 6), { name: 'username alice', place: 2 })
})

test('two lists know nothing of each other', async t => {
  const [one, other] = [createSeen(), createSeen()]
  t.equal(one.claim(['username alice'], 1), undefined)
  t.equal(other.claim(['username alice'], 1), undefined)
  one.close()
  other.close()
})
