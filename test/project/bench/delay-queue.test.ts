import t from 'tap'
import { createDelayQueue } from '../../../bench/delay-queue.ts'

t.test('Each item is due after its own delay, whatever else is waiting', async t => {
  const queue = createDelayQueue<string>()
  queue.add('first', 100, 5)
  queue.add('second', 101, 5)
  queue.add('third', 101, 5)
  t.equal(queue.nextDue(), 105)
  t.strictSame(queue.takeDue(104.9), [])
  t.strictSame(queue.takeDue(105), ['first'])
  t.equal(queue.nextDue(), 106)
  t.strictSame(queue.takeDue(200), ['second', 'third'])
  t.equal(queue.nextDue(), undefined)
  t.strictSame(queue.takeDue(300), [])
})

t.test('An item that arrives after the delay became shorter does not overtake', async t => {
  const queue = createDelayQueue<string>()
  queue.add('slow', 0, 10)
  queue.add('fast', 1, 1)
  t.strictSame(queue.takeDue(9), [])
  t.strictSame(queue.takeDue(10), ['slow', 'fast'])
  queue.add('later', 20, 1)
  t.equal(queue.nextDue(), 21)
})
