const barWidth = 24

/** A line of a terminal that each call overwrites; does nothing when `stream` is not a terminal. */
export function createProgress(stream: NodeJS.WriteStream) {
  let isShown = false

  function clear() {
    if (isShown) stream.write('\r\u001b[K')
    isShown = false
  }

  return {
    clear,
    show(text: string) {
      if (!stream.isTTY) return
      clear()
      stream.write(text)
      isShown = true
    }
  }
}

/** A progress bar with the percentage; `fraction` is from 0 to 1. */
export function bar(fraction: number): string {
  const full = Math.floor(fraction * barWidth)
  const percent = Math.floor(fraction * 100)
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}] ${String(percent).padStart(3)} %`
}
