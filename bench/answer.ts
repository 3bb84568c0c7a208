import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** The next message of a child process. Throws when the process, whose role is `what`, ends instead. */
export async function nextMessage<T>(child: ChildProcess, what: string): Promise<T> {
  const aborted = new AbortController()
  const { signal } = aborted
  try {
    const ended = once(child, 'exit', { signal }).then(([code]) =>
      Promise.reject(new Error(`${what} ended with ${code}`))
    )
    const [message] = await Promise.race([once(child, 'message', { signal }), ended])
    return message
  } finally {
    aborted.abort()
  }
}
