import { test } from 'tap'
import { createSeenNames } from '../../../src/store/inspect/seen-names.ts'

test('Finds the first claimed name and its place, and finding claims nothing', async t => {
  const seen = createSeenNames()
  t.teardown(() => seen.close())
  seen.claim(['username alice', 'email a@example.com'], 2)
  t.equal(seen.find(['username bob']), undefined)
  seen.claim(['username bob'], 3)
  t.same(seen.find(['username carl', 'email a@example.com']), { name: 'email a@example.com', place: 2 })
  t.equal(seen.find(['username carl']), undefined)
  t.same(seen.find(['username alice', 'username bob']), { name: 'username alice', place: 2 })
})

test('Two lists are independent', async t => {
  const [one, other] = [createSeenNames(), createSeenNames()]
  one.claim(['username alice'], 1)
  t.equal(other.find(['username alice']), undefined)
  one.close()
  other.close()
})
