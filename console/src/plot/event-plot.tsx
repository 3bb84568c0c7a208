import { useMemo } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { compact, number } from '../intl.ts'
import { addressOf, type Filters } from '../pages/audit/filters.ts'
import { pagesOf } from '../paging.ts'
import { texts } from '../texts.ts'
import { type Column, Table } from '../ui.ts'
import { type Bar, barsOf, type Count, heightsOf, lengthOf, outcomes, type Range, scaleOf, stepOf } from './bars.ts'
import { labelOf, nameOf, wordsOf } from './times.ts'

const t = texts.audit.plot
const names = [...outcomes, 'all'] as const

/** Counted events in words, as bars, and as a table with links to the events, which `filters` filter too. */
export function EventPlot({ counts, filters }: { counts: Counts; filters?: Filters }) {
  const { range, isCut } = counts
  const { by } = range
  const bars = useMemo(() => barsOf(counts.items, range), [counts])
  const filled = bars.filter(bar => bar.all > 0)
  const text = wordsOf(filled, by)
  const linkTo = (from: number, to: number) => {
    const [since, until] = [from, to].map(at => new Date(at).toISOString())
    return addressOf({ ...filters, range: 'own', since: String(since), until: String(until) })
  }
  return (
    <>
      <p>{text}</p>
      {isCut && <p class="hint">{t.isCut}</p>}
      {by === 'day' && <p class="hint">{t.daysInUtc}</p>}
      <Drawing bars={bars} by={by} text={text} />
      {filled.length > 0 && (
        <details>
          <summary>{t.asTable}</summary>
          <Table
            label={t.table}
            items={filled.toReversed()}
            by="at"
            columns={[
              [t[by], ({ at }) => <Link href={linkTo(at, at + lengthOf[by])}>{nameOf(by, at)}</Link>, 'row'],
              ...names.map(
                (name): Column<Bar> => [{ ...t.outcomes, all: texts.common.all }[name], bar => number.format(bar[name])]
              )
            ]}
          />
        </details>
      )}
    </>
  )
}

/** The least number of slots, so that few bars are not as broad as the plot. */
const leastSlots = 8

/** Stacked bars with their axes, in percent of the room that the style sheet gives them; and what the colours mean. */
function Drawing({ bars, by, text }: { bars: Bar[]; by: Range['by']; text: string }) {
  const slot = 100 / Math.max(leastSlots, bars.length)
  const leftOf = (index: number) => 50 + (index - bars.length / 2) * slot
  const { top, lines } = scaleOf(Math.max(...bars.map(bar => bar.all)))
  const step = stepOf(bars.length)
  const labels = bars.filter((_, index) => index % step === 0)
  return (
    <>
      <ul class="legend">
        {outcomes.map(outcome => (
          <li key={outcome}>
            <span class={`swatch ${outcome}`} /> {t.outcomes[outcome]}
          </li>
        ))}
      </ul>
      <svg class="plot" role="img" aria-label={text}>
        {lines.map(count => (
          <g key={count}>
            <line x2="100%" y1={`${100 - (100 * count) / top}%`} y2={`${100 - (100 * count) / top}%`} />
            <text class="count" x={-8} y={`${100 - (100 * count) / top}%`}>
              {compact.format(count)}
            </text>
          </g>
        ))}
        {bars.map((bar, index) => (
          <g key={bar.at}>
            <title>{t.bar(bar, nameOf(by, bar.at))}</title>
            {heightsOf(bar, top).map(({ outcome, y, height }) => (
              <rect
                key={outcome}
                class={outcome}
                x={`${leftOf(index + 0.07)}%`}
                width={`${slot * 0.86}%`}
                y={`${y}%`}
                height={`${height}%`}
              />
            ))}
          </g>
        ))}
        {labels.map(({ at }, index) => {
          // Every other label is hidden where the plot is narrow.
          const isAlways = index % 2 === 0
          const [time, date] = labelOf(by, at, isAlways ? labels[index - 2]?.at : at)
          const x = `${leftOf(index * step + 0.5)}%`
          return (
            <text key={at} class={isAlways ? undefined : 'wide'} y="100%">
              <tspan x={x} dy="1.3em">
                {time}
              </tspan>
              {date && (
                <tspan x={x} dy="1.3em">
                  {date}
                </tspan>
              )}
            </text>
          )
        })}
      </svg>
    </>
  )
}

/** The most requests for one plot; each counts a hundred thousand events. */
const mostPages = 50

/** The counts of the events of a range. */
export interface Counts {
  range: Range
  items: Count[]
  /** Whether older events of the range are not among them. */
  isCut: boolean
}

/** Counts the events of `range`, all or those with `action`, the newest first. */
export async function readCounts(range: Range, action = ''): Promise<Counts> {
  const [since, until] = [new Date(range.since).toISOString(), new Date(range.until).toISOString()]
  const filter = { by: range.by, since, until, ...(action && { action }) }
  const items: Count[] = []
  let isCut = false
  const pages = pagesOf(
    start => ok(api.GET('/audit/counts', { params: { query: { ...filter, ...start } } })),
    mostPages
  )
  for await (const page of pages) {
    items.push(...page.items)
    isCut = page.next_cursor !== null
  }
  return { range, items, isCut }
}
