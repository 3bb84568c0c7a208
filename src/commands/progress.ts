import type { OnProgress } from '../base/progress.ts'

/** Whatever takes less time than this shows no progress, in milliseconds. */
const patienceMs = 2000
const redrawMs = 250
/** How long a step is measured before its end is estimated, in milliseconds. */
const measuredMs = 1000
const barWidth = 24

/** The progress of `track`. */
export type Progress = ReturnType<typeof createProgress>

/** A line of a terminal about long work; nothing when `stream` is not a terminal. */
export function createProgress(stream: NodeJS.WriteStream) {
  let isShown = false

  function clear() {
    if (isShown) stream.write('\r\u001b[K')
    isShown = false
  }

  /** A line as long as the terminal is wide would continue on a second one, which `clear` does not remove. */
  function show(text: string) {
    clear()
    // A terminal that does not know its width says 0.
    stream.write(text.slice(0, (stream.columns || 80) - 1))
    isShown = true
  }

  return {
    /** Removes the line, if it is shown. */
    clear,

    /**
     * Runs `work`, and from its third second on shows what it reports: with a fraction as a bar with an estimate of the
     * time left, and otherwise with the seconds since the step began.
     */
    async track<T>(work: (report: OnProgress) => Promise<T>): Promise<T> {
      if (!stream.isTTY) return work(() => {})
      const begun = performance.now()
      let first: { at: number; fraction: number } | undefined
      let drawnAt = Number.NEGATIVE_INFINITY
      let timer: NodeJS.Timeout | undefined

      function draw(text: string, at: number) {
        if (at < begun + patienceMs) return
        drawnAt = at
        show(text)
      }

      function begin(text: string) {
        const since = performance.now()
        const tick = () => {
          const at = performance.now()
          const seconds = Math.floor((at - since) / 1000)
          draw(seconds === 0 ? text : `${text}, ${seconds} s`, at)
        }
        first = undefined
        tick()
        timer = setInterval(tick, 1000).unref()
      }

      function report(text: string, fraction?: number) {
        clearInterval(timer)
        if (fraction === undefined) return begin(text)
        const at = performance.now()
        // Less than before is the fraction of another step.
        if (!first || fraction < first.fraction) first = { at, fraction }
        if (at < drawnAt + redrawMs) return
        const isMeasured = at >= first.at + measuredMs && fraction > first.fraction && fraction < 1
        const leftMs = ((at - first.at) / (fraction - first.fraction)) * (1 - fraction)
        draw([bar(fraction), text, ...(isMeasured ? [timeLeft(leftMs)] : [])].join('  '), at)
      }

      try {
        return await work(report)
      } finally {
        clearInterval(timer)
        clear()
      }
    }
  }
}

function bar(fraction: number): string {
  const full = Math.floor(fraction * barWidth)
  const percent = Math.floor(fraction * 100)
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ${String(percent).padStart(3)} %`
}

/** Rounded up, and no more exact than an estimate can be. */
function timeLeft(ms: number): string {
  const seconds = ms / 1000
  if (seconds <= 90) return `about ${Math.ceil(seconds / 5) * 5} s left`
  return seconds <= 90 * 60 ? `about ${Math.ceil(seconds / 60)} min left` : `about ${Math.ceil(seconds / 3600)} h left`
}
