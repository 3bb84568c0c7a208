import { useMemo } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { texts } from '../texts.ts'
import { Table } from '../ui/page.tsx'
import { type Bar, barsOf, lengthOf } from './bars.ts'
import type { Counts } from './counts.ts'
import { Drawing } from './drawing.tsx'
import { outcomes } from './outcome.ts'
import { nameOf } from './times.ts'
import { wordsOf } from './words.ts'

const t = texts.audit.plot

/** The address of the list of events from `since` to before `until`, in milliseconds. */
type LinkTo = (since: number, until: number) => string

/** Counted events in words, as bars, and as a table. */
export function EventPlot({ counts, linkTo }: { counts: Counts; linkTo: LinkTo }) {
  const { range, isCut } = counts
  const bars = useMemo(() => barsOf(counts.items, range), [counts])
  const filled = bars.filter(bar => bar.all > 0)
  const text = wordsOf(filled, range.by)
  return (
    <div class="events">
      <p>{text}</p>
      {isCut && <p class="hint">{t.isCut}</p>}
      {range.by === 'day' && <p class="hint">{t.daysInUtc}</p>}
      <Drawing bars={bars} by={range.by} text={text} />
      {filled.length > 0 && (
        <details>
          <summary>{t.asTable}</summary>
          <Bars bars={filled} by={range.by} linkTo={linkTo} />
        </details>
      )}
    </div>
  )
}

function Bars({ bars, by, linkTo }: { bars: Bar[]; by: 'hour' | 'day'; linkTo: LinkTo }) {
  return (
    <Table label={t.table} columns={[t[by], ...outcomes.map(outcome => t.outcomes[outcome]), t.all]}>
      {bars.toReversed().map(bar => (
        <tr key={bar.at}>
          <th scope="row">
            <Link href={linkTo(bar.at, bar.at + lengthOf[by])}>{nameOf(by, bar.at)}</Link>
          </th>
          {[...outcomes, 'all' as const].map(name => (
            <td key={name} class="number">
              {t.number(bar[name])}
            </td>
          ))}
        </tr>
      ))}
    </Table>
  )
}
