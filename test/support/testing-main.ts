import { setTimeout as sleep } from 'node:timers/promises'
import { startSallyport } from '../../src/testing.ts'

// A process with a Sallyport of `sallyport/testing` that has a message to send, and is never closed.
const { url } = await startSallyport()
const account = { username: 'bob', password: 'correct horse battery staple', email: 'bob@example.com' }
const { status } = await fetch(`${url}/users`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(account)
})
if (status !== 201) throw new Error(`The account was answered with ${status}.`)
// Longer than the interval at which queued messages are checked.
await sleep(1500)
