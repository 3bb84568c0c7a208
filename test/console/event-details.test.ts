import t from 'tap'
import { detailsOf } from '../../console/src/event-details.ts'

t.test('the details of an event name a personal access token, while there is one', async t => {
  const tokens = [{ id: '1', name: 'nightly report' }]
  t.strictSame(detailsOf({ token: '1', scopes: 'reports:read' }, tokens), [
    'token: nightly report',
    'scopes: reports:read'
  ])
  t.strictSame(detailsOf({ token: '2' }, tokens), ['token: 2'])
  t.strictSame(detailsOf({ session: '1', count: 3 }, tokens), ['session: 1', 'count: 3'])
  t.strictSame(detailsOf({ token: '1' }), ['token: 1'])
})
