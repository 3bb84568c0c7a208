import { Link } from 'wouter-preact'
import type { Counts } from '../../plot/counts.ts'
import { EventPlot } from '../../plot/event-plot.tsx'
import { texts } from '../../texts.ts'
import { type Load, Loaded, Section } from '../../ui.ts'
import { addressOf } from '../audit/filters.ts'
import { actionOf, figures, figuresOf } from './figures.ts'

const t = texts.overview

/** How many events of the last day and hour have each outcome, with links to those with one action. */
export function Figures({ hour, day }: Record<'hour' | 'day', Counts>) {
  const [inHour, inDay] = [figuresOf(hour.items), figuresOf(day.items)]
  return (
    <Section title={t.activity}>
      <dl class="figures">
        {figures.map(({ name }) => {
          const action = actionOf(name, day.items)
          return (
            <div key={name}>
              <dt>
                {action ? <Link href={addressOf({ range: 'day', action })}>{t.figures[name]}</Link> : t.figures[name]}
              </dt>
              <dd class="number">{t.atLeast(inDay[name], day.isCut)}</dd>
              <dd class="hint">{t.inHour(t.atLeast(inHour[name], hour.isCut))}</dd>
            </div>
          )
        })}
      </dl>
    </Section>
  )
}

/** A plot of the events of the last 24 hours or, with `month`, of the last 30 days. */
export function Events({ day, month }: { day: Counts; month: Load<Counts | undefined> | undefined }) {
  const plot = (counts: Counts) => <EventPlot counts={counts} linkTo={linkTo} />
  return (
    <Section title={texts.audit.events}>
      <nav class="tabs" aria-label={t.range}>
        <Link href="/overview" aria-current={month ? undefined : 'true'}>
          {t.byHour}
        </Link>
        <Link href="/overview?range=month" aria-current={month ? 'true' : undefined}>
          {t.byDay}
        </Link>
      </nav>
      <div class="plot-room">{month ? <Loaded load={month}>{found => found && plot(found)}</Loaded> : plot(day)}</div>
    </Section>
  )
}

const linkTo = (since: number, until: number) =>
  addressOf({ range: 'own', since: new Date(since).toISOString(), until: new Date(until).toISOString() })
