import type { WriteStream } from 'node:tty'

/** One line with the current activity, overwritten on a terminal and one line each in a log. */
export function createProgress(stream: WriteStream) {
  const begin = performance.now()

  function clear() {
    if (!stream.isTTY) return
    stream.clearLine(0)
    stream.cursorTo(0)
  }

  return {
    clear,
    show(text: string) {
      const seconds = Math.round((performance.now() - begin) / 1000)
      clear()
      stream.write(`${String(seconds).padStart(5)} s  ${text}${stream.isTTY ? '' : '\n'}`)
    },
    /** Prints a line that stays. */
    say(text: string) {
      clear()
      stream.write(`${text}\n`)
    }
  }
}
