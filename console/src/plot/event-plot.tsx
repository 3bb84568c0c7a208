import { useMemo } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { number } from '../intl.ts'
import { texts } from '../texts.ts'
import { type Column, Table } from '../ui/page.tsx'
import { type Bar, barsOf, lengthOf } from './bars.ts'
import type { Counts } from './counts.ts'
import { Drawing } from './drawing.tsx'
import { outcomes } from './outcome.ts'
import { nameOf } from './times.ts'
import { wordsOf } from './words.ts'

const t = texts.audit.plot
const names = [...outcomes, 'all'] as const

/** The address of the list of events from `since` to before `until`, in milliseconds. */
type LinkTo = (since: number, until: number) => string

/** Counted events in words, as bars, and as a table. */
export function EventPlot({ counts, linkTo }: { counts: Counts; linkTo: LinkTo }) {
  const { range, isCut } = counts
  const { by } = range
  const bars = useMemo(() => barsOf(counts.items, range), [counts])
  const filled = bars.filter(bar => bar.all > 0)
  const text = wordsOf(filled, by)
  return (
    <div class="events">
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
    </div>
  )
}
