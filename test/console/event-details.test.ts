import { ProblemError } from '@sallyport/client'
import t from 'tap'
import { detailsOf, eventWords } from '../../console/src/event-words.ts'
import { explain } from '../../console/src/explain.ts'

const event = (detail: Record<string, string | number>, action = 'session.ended') => ({ action, detail })

t.test('The details of an event name a personal access token, while there is one', async t => {
  const tokens = [{ id: '1', name: 'nightly report' }]
  t.strictSame(detailsOf(event({ token: '1', scopes: 'reports:read' }), { tokens }), [
    ['token', 'nightly report', '1'],
    ['scopes', 'reports:read']
  ])
  t.strictSame(detailsOf(event({ token: '2' }), { tokens }), [['token', '2']])
  t.strictSame(detailsOf(event({ token: '1' })), [['token', '1']])
})

t.test('The details name a login by its device and its time while it lasts, and then by its time', async t => {
  const logins = [{ id: '1', user_agent: 'curl/8.14.1', created_at: '2026-03-04T12:00:00.000Z' }]
  const [[name, text, id] = []] = detailsOf(event({ session: '1' }), { logins })
  t.strictSame([name, id], ['login', '1'])
  t.match(text, /^curl, .*2026/)
  const [[, ended, endedId] = []] = detailsOf(event({ session: '019cb9a4-52c0-7222-8333-444455556666' }), { logins })
  t.match(ended, /^login of .*2026/)
  t.equal(endedId, '019cb9a4-52c0-7222-8333-444455556666')
  t.strictSame(detailsOf(event({ session: '2', count: 3 }), { logins }), [
    ['login', '2'],
    ['count', '3']
  ])
})

t.test('The details lack a reason that the words of the event have', async t => {
  t.strictSame(detailsOf(event({ reason: 'password' }, 'login.failed')), [])
  t.strictSame(detailsOf(event({ reason: 'of a newer server' }, 'login.failed')), [['reason', 'of a newer server']])
  t.strictSame(detailsOf(event({ reason: 'password' })), [['reason', 'password']])
  t.strictSame(detailsOf(event({ counter: 'known', seconds: 60 }, 'throttle.refused')), [['seconds', '60']])
  const detail = { counter: 'introspection', reason: 'access token' }
  t.strictSame(detailsOf(event(detail, 'client.authentication_failed')), [['reason', 'access token']])
})

t.test('A name that every object has is no text', async t => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    t.equal(eventWords({ action: name, detail: {} }), name)
    t.equal(eventWords({ action: 'login.failed', detail: { reason: name } }), 'Login refused')
    t.equal(explain(new ProblemError(name, 400, [])), name)
  }
})
