import { texts } from '../texts.ts'
import { type Bar, type Range, sumOf } from './bars.ts'
import { nameOf } from './times.ts'

const t = texts.audit.plot

/** The events of a plot in words: how many, and when most of them happened. `filled` are the bars with events. */
export function wordsOf(filled: Bar[], by: Range['by']): string {
  const [tallest, ...others] = filled.toSorted((a, b) => b.all - a.all)
  if (!tallest) return t.nothing
  const time = nameOf(by, tallest.at)
  const sums = t.sums(sumOf(filled))
  if (others.length === 0) return `${sums} ${t.at(time)}`
  // Where each hour has one event, none stands out.
  return tallest.all === 1 ? sums : `${sums} ${t.tallest(tallest.all, time)}`
}
