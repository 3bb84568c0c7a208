import { executionAsyncResource } from 'node:async_hooks'
import { ServerResponse } from 'node:http'
import t from 'tap'
import { keepHiddenClasses } from '../../src/base/hidden-classes.ts'

t.test('Keeps one response and one entry of process.nextTick', async t => {
  keepHiddenClasses()
  const another = await new Promise<object>(resolve => process.nextTick(() => resolve(executionAsyncResource())))
  const [response, entry = {}, ...more] = keepHiddenClasses()
  t.ok(response instanceof ServerResponse)
  t.not(entry, another)
  t.strictSame(Reflect.ownKeys(entry), Reflect.ownKeys(another))
  t.ok('callback' in entry)
  t.strictSame(more, [])
})
