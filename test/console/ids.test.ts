import t from 'tap'
import { isClientId, isId, isUserId, timeOfId } from '../../console/src/pages/audit/ids.ts'

const uuid = '0190b3f2-1111-7222-8333-444455556666'

t.test('Ids of users, clients, webhooks, keys and the command line are told from usernames', async t => {
  for (const id of [uuid, `c_${uuid}`, 'first-party', 'cli', 'g2j3Sdb4MZCfdeYJ47NwEMCkDT8gAs6eni1jS95vlYE'])
    t.equal(isId(id), true, id)
  t.equal(isId(`wh_${uuid}`), true)
  for (const name of ['alice', 'alice@example.com', 'c_alice', `${uuid}x`, '']) t.equal(isId(name), false, name)
})

t.test('Only a UUID is the id of an account', async t => {
  t.equal(isUserId(uuid), true)
  t.equal(isUserId(`c_${uuid}`), false)
  t.equal(isClientId(`c_${uuid}`), true)
  for (const id of [uuid, 'first-party', 'c_1', `x_${uuid}`]) t.equal(isClientId(id), false)
})

t.test('An id of version 7 has the time when it was made', async t => {
  t.strictSame(timeOfId('019cb9a4-52c0-7222-8333-444455556666'), new Date('2026-03-04T16:18:00.000Z'))
  for (const text of ['', 'alice', '019cb9a4-52c0-4222-8333-444455556666', `c_${uuid}`])
    t.equal(timeOfId(text), undefined)
})
