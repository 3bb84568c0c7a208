import { test } from 'tap'
import { checkBreachCheck } from '../../src/doctor/breach-check.ts'
import { freePort } from '../support/free-port.ts'
import { startRangeApi } from '../support/range-api.ts'

test('A range API is asked once, for a password that every list of breaches has', async t => {
  const { url, requests } = await startRangeApi(t, ['password'])
  const { host } = new URL(url)
  t.same(await checkBreachCheck(url, fetch), {
    check: 'breach-check',
    level: 'ok',
    text: `${host} knows breached passwords.`
  })
  t.same(
    requests.map(({ url }) => url),
    ['/range/5BAA6']
  )
})

test('A list without that password, and a server that gives no answer, are warnings', async t => {
  const { url } = await startRangeApi(t, [])
  t.match(await checkBreachCheck(url, fetch), {
    level: 'warning',
    text: /^127\.0\.0\.1:\d+ does not know the password "password"\. Set BREACH_CHECK to a range API for SHA-1 hashes\.$/
  })
  t.match(await checkBreachCheck('https://range.example.com/', async () => new Response('', { status: 404 })), {
    level: 'warning',
    text: 'range.example.com gives no answer that BREACH_CHECK can use: The answer has status 404. Until it does, new passwords are accepted without it.'
  })
  t.match(await checkBreachCheck(`http://127.0.0.1:${await freePort()}/`, fetch), {
    level: 'warning',
    text: /use: connect ECONNREFUSED/
  })
})
