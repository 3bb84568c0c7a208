/** A Markdown table; the first row is its head. */
export const table = ([head = [], ...rows]: string[][]) =>
  [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n')

/** A number with two significant digits, or all digits before the point if it has more than two. */
export const number = (value: number) =>
  Math.abs(value) >= 100
    ? Math.round(value).toLocaleString('en')
    : value.toLocaleString('en', { maximumSignificantDigits: 2 })

/** A share from 0 to 1 as a percentage. */
export const percent = (share: number) => `${number(share * 100)} %`

/** A duration in seconds. */
export function duration(seconds: number): string {
  if (Number.isNaN(seconds)) return '–'
  if (seconds === 0) return '0'
  if (seconds < 0.001) return `${number(seconds * 1e6)} µs`
  if (seconds < 1) return `${number(seconds * 1000)} ms`
  if (seconds < 120) return `${number(seconds)} s`
  return seconds < 7200 ? `${number(seconds / 60)} min` : `${number(seconds / 3600)} h`
}

/** A number of bytes. */
export function size(bytes: number): string {
  const [unit, name] =
    bytes >= 1e12
      ? [1e12, 'TB']
      : bytes >= 1e9
        ? [1e9, 'GB']
        : bytes >= 1e6
          ? [1e6, 'MB']
          : bytes >= 1e4
            ? [1e3, 'kB']
            : [1, 'B']
  return `${number(bytes / unit)} ${name}`
}

/** A large number in words: thousands, millions and billions. */
export function count(value: number): string {
  if (value >= 1e9) return `${number(value / 1e9)} billion`
  return value >= 1e6 ? `${number(value / 1e6)} million` : number(value)
}
