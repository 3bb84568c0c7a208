import t from 'tap'
import { boundedText } from '../../../src/base/http/bounded-text.ts'

t.test('A body is read up to a number of bytes, and cancelled after that', async t => {
  t.equal(await boundedText(new Response('é'), 2), 'é')
  t.equal(await boundedText(new Response(null), 0), '')
  let isCancelled = false
  const endless = new ReadableStream({
    pull: controller => controller.enqueue(new Uint8Array(100)),
    cancel() {
      isCancelled = true
    }
  })
  await t.rejects(boundedText(new Response(endless), 1000), { message: 'The answer has more than 1000 bytes.' })
  t.ok(isCancelled)
})
