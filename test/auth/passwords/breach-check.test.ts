import type { RequestListener } from 'node:http'
import t, { type Test } from 'tap'
import { type BreachOutcome, createBreachCheck } from '../../../src/auth/passwords/breach-check.ts'
import { movableTime } from '../../support/clocks.ts'
import { freePort } from '../../support/free-port.ts'
import { startRangeApi } from '../../support/range-api.ts'
import { startSite } from '../../support/site.ts'

// SHA-1: BC5E5 095332DD43F79360BBE80D6094711B94888
const leaked = 'a password that leaked'
const [prefix, suffix] = ['BC5E5', '095332DD43F79360BBE80D6094711B94888']

/** A check with the API at `url`, with its outcomes and warnings. */
function checkAt(url: string) {
  const outcomes: BreachOutcome[] = []
  const warnings: string[] = []
  const isBreached = createBreachCheck({
    url,
    onOutcome: outcome => outcomes.push(outcome),
    warn: ({ err }, message) => warnings.push(`${message}: ${(err as Error).message}`)
  })
  return { isBreached: isBreached as NonNullable<typeof isBreached>, outcomes, warnings }
}

const answering = async (t: Test, body: string) => checkAt(await startSite(t, (_, answer) => answer.end(body)))

t.test('Without a URL there is no check', async t => {
  t.equal(createBreachCheck({ url: undefined, onOutcome: () => t.fail(), warn: () => t.fail() }), undefined)
})

t.test('A password is clean or breached (Have I Been Pwned, range API)', async t => {
  const { url } = await startRangeApi(t, [leaked])
  const { isBreached, outcomes, warnings } = checkAt(url)
  t.equal(await isBreached(leaked), true)
  t.equal(await isBreached('a password of my own'), false)
  t.strictSame([outcomes, warnings], [['breached', 'clean'], []])
})

t.test('The request to the API has five digits of the hash, and nothing else that depends on the password', async t => {
  const { url, requests } = await startRangeApi(t, [])
  for (const written of [url, url.replace(/\/$/, '')]) await checkAt(written).isBreached(leaked)
  await checkAt(url).isBreached('another')
  t.strictSame(
    requests.slice(0, 2).map(({ url }) => url),
    [`/range/${prefix}`, `/range/${prefix}`]
  )
  const headersOf = (index: number) => JSON.stringify(requests[index]?.headers)
  t.equal(requests[0]?.headers['add-padding'], 'true')
  t.equal(headersOf(0), headersOf(2))
  t.notMatch(headersOf(0), new RegExp(`${suffix}|leaked|${prefix}`, 'i'))
})

t.test('Digits of both cases and line breaks of both kinds are read, and a count of 0 is padding', async t => {
  for (const [body, isKnown] of [
    [`${suffix}:1`, true],
    [`${suffix.toLowerCase()}:37\n`, true],
    [`${'A'.repeat(35)}:5\r\n${suffix}:2\r\n`, true],
    [`${suffix}:0`, false],
    [`${suffix}:0\r\n${'A'.repeat(35)}:5`, false]
  ] as const) {
    const { isBreached, outcomes } = await answering(t, body)
    t.equal(await isBreached(leaked), isKnown, body)
    t.strictSame(outcomes, [isKnown ? 'breached' : 'clean'])
  }
})

t.test('A password is accepted when there is no answer of use, which is counted and logged', async t => {
  const elsewhere = await startRangeApi(t, [leaked])
  const line = `${suffix}:1\r\n`
  const endless: RequestListener = (_, answer) => {
    const more = () => {
      while (!answer.destroyed && answer.write(line.repeat(100)));
    }
    answer.on('drain', more)
    more()
  }
  const faults: Record<string, [RequestListener, RegExp]> = {
    'the status 500': [(_, answer) => answer.writeHead(500).end(line), /has status 500\.$/],
    'a redirect': [
      (_, answer) => answer.writeHead(302, { location: `${elsewhere.url}${prefix}` }).end(),
      /has status 302\.$/
    ],
    'a page': [(_, answer) => answer.end(`<html>\n${line}</html>`), /is not a list of SUFFIX:COUNT\.$/],
    'an empty body': [(_, answer) => answer.end(), /is not a list/],
    'a count that is not a number': [(_, answer) => answer.end(`${suffix}:x`), /is not a list/],
    'a body without end': [endless, /has more than 262144 bytes\.$/],
    'a broken connection': [request => request.socket.destroy(), /fetch failed$/],
    'no answer': [() => {}, /timeout$/],
    'half a body': [(_, answer) => void answer.write(line), /timeout$/]
  }
  await Promise.all(
    Object.entries(faults).map(async ([name, [listener, reason]]) => {
      const { isBreached, outcomes, warnings } = checkAt(await startSite(t, listener))
      t.equal(await isBreached(leaked), false, name)
      t.strictSame(outcomes, ['failed'], name)
      t.equal(warnings.length, 1)
      t.match(warnings[0], reason, name)
      t.notMatch(warnings[0], new RegExp(`${prefix}|${suffix}|leaked`, 'i'), 'the log has nothing of the password')
    })
  )
  t.strictSame(elsewhere.requests, [], 'no redirect is followed')
  const closed = checkAt(`http://127.0.0.1:${await freePort()}/range`)
  t.equal(await closed.isBreached(leaked), false)
  t.strictSame(closed.outcomes, ['failed'])
})

t.test('One warning a minute is enough, and every failure is counted', async t => {
  const advance = movableTime(t)
  const { isBreached, outcomes, warnings } = await answering(t, '')
  for (const ms of [0, 59_000, 2000, 0]) {
    advance(ms)
    await isBreached(leaked)
  }
  t.equal(outcomes.length, 4)
  t.equal(warnings.length, 2)
  t.match(warnings[0], /^BREACH_CHECK gave no usable answer, and a new password was accepted without it: /)
})
