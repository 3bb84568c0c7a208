import { Link } from 'wouter-preact'
import type { Counts } from '../../plot/counts.ts'
import { EventPlot } from '../../plot/event-plot.tsx'
import { texts } from '../../texts.ts'
import { type Load, Loaded } from '../../ui/loading.tsx'
import { Section, Table } from '../../ui/page.tsx'
import { addressOf } from '../audit/filters.ts'
import { figures, figuresOf } from './figures.ts'
import type { State } from './state.ts'

const t = texts.overview

/** How much happened: figures, and a plot of the last 24 hours or, with `month`, of the last 30 days. */
export function Activity({
  server,
  hour,
  day,
  month
}: Omit<State, 'at'> & { month: Load<Counts | undefined> | undefined }) {
  const [inHour, inDay] = [figuresOf(hour.items), figuresOf(day.items)]
  const plot = (counts: Counts) => <EventPlot counts={counts} linkTo={linkTo} />
  return (
    <>
      <Section title={t.activity}>
        <Table label={t.activity} columns={[t.inTheLast, t.hour, t.day]}>
          {figures.map(name => (
            <tr key={name}>
              <th scope="row">{t.figures[name]}</th>
              <td class="number">{t.atLeast(inHour[name], hour.isCut)}</td>
              <td class="number">{t.atLeast(inDay[name], day.isCut)}</td>
            </tr>
          ))}
        </Table>
        <p>{t.refreshes(server.refreshes, new Date(server.started_at))}</p>
      </Section>
      <Section title={t.events}>
        <nav class="tabs" aria-label={t.range}>
          <Link href="/overview" aria-current={month ? undefined : 'true'}>
            {t.byHour}
          </Link>
          <Link href="/overview?range=month" aria-current={month ? 'true' : undefined}>
            {t.byDay}
          </Link>
        </nav>
        {month ? <Loaded load={month}>{found => found && plot(found)}</Loaded> : plot(day)}
      </Section>
    </>
  )
}

const linkTo = (since: number, until: number) =>
  addressOf({ range: 'own', since: new Date(since).toISOString(), until: new Date(until).toISOString() })
