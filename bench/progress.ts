import type { WriteStream } from 'node:tty'

/** One line that tells what is being done: written over on a terminal, a line each in a log. */
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
    /** A line that stays. */
    say(text: string) {
      clear()
      stream.write(`${text}\n`)
    }
  }
}
