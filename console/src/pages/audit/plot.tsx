import { readCounts } from '../../plot/counts.ts'
import { EventPlot } from '../../plot/event-plot.tsx'
import { texts } from '../../texts.ts'
import { Loaded, Section, useLoad } from '../../ui.ts'
import { addressOf, type Filters, plotRangeOf, type Query } from './filters.ts'

const t = texts.audit

/** When the events happened. The server counts them by time and action only. */
export function Plot({ filters, query, now }: { filters: Filters; query: Query; now: number }) {
  const range = plotRangeOf(query, now)
  const counts = useLoad(() => readCounts(range, query.action), [query])
  const isWider = query.subject || query.actor || query.client_id || query.ip || query.session
  return (
    <Section title={t.plotTitle[range.by]}>
      {isWider && <p class="hint">{t.isWider}</p>}
      <Loaded load={counts}>
        {found => (
          <EventPlot
            counts={found}
            linkTo={(since, until) =>
              addressOf({ ...filters, range: 'own', since: timeOf(since), until: timeOf(until) })
            }
          />
        )}
      </Loaded>
    </Section>
  )
}

const timeOf = (at: number) => new Date(at).toISOString()
