import { pathOf } from './arguments.ts'
import { createExchanges } from './exchanges.ts'
import { createPromises } from './promises.ts'
import type { Call } from './strace.ts'

/** Follows the calls of a trace, and counts what the server has promised, what it has refused, and the syncs. */
export function createTally(folder: string) {
  const promises = createPromises()
  const counts = { refused: 0, longestMs: 0, checkpoints: 0, failedSyncs: 0 }
  let now = 0
  let last: number | undefined

  const exchanges = createExchanges({
    asked: promises.asked,
    printed: promises.printed,
    answered(request, response) {
      const before = promises.count()
      promises.answered(request, response)
      if (response.status === 503) counts.refused++
      if (promises.count() === before) return
      counts.longestMs = Math.max(counts.longestMs, (now - (last ?? now)) * 1000)
      last = now
    }
  })

  return {
    promises,
    counts: () => ({ ...counts, acknowledged: promises.count() }),
    /** The next calls are those of another start, so that the time between two is not counted. */
    restart() {
      last = undefined
    },
    begin(call: Call, at: number) {
      now = at
      exchanges.begin(call)
    },
    end(call: Call) {
      exchanges.end(call)
      const path = pathOf(call.text)
      if (!/^f(data)?sync$/.test(call.name) || !path?.startsWith(folder)) return
      if (call.result === -1) counts.failedSyncs++
      // SQLite syncs the file itself after it has copied the log.
      else if (path.endsWith('.db')) counts.checkpoints++
    }
  }
}
