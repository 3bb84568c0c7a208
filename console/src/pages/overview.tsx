import { useEffect } from 'preact/hooks'
import { Link, useSearch } from 'wouter-preact'
import { explain } from '../explain.ts'
import type { Counts } from '../plot/counts.ts'
import { EventPlot } from '../plot/event-plot.tsx'
import { texts } from '../texts.ts'
import { Action, type Load, Loaded, notify, Page, Section, useLoad } from '../ui.ts'
import { user } from '../who.ts'
import { addressOf } from './audit/filters.ts'
import { actionOf, figures, figuresOf } from './overview/figures.ts'
import { Findings, Nodes, Server } from './overview/server.tsx'
import { readMonth, readState } from './overview/state.ts'

const t = texts.overview
const everyMs = 30_000

/** The state and the recent activity of the server. It is read again while the page is visible. */
export function Overview() {
  const isMonth = new URLSearchParams(useSearch()).get('range') === 'month'
  const state = useLoad(readState)
  const month = useLoad(async () => (isMonth ? await readMonth() : undefined), [isMonth])
  const { value, error } = state

  useEffect(() => {
    const timer = setInterval(() => {
      if (document.visibilityState === 'visible' && user.value) void state.reload()
    }, everyMs)
    return () => clearInterval(timer)
  }, [])

  async function refresh() {
    state.set(await readState())
    if (isMonth) month.set(await readMonth())
    notify(t.refreshed)
  }

  return (
    <Page title={t.title} actions={<Action label={t.refresh} run={refresh} />}>
      <Loaded load={value ? { ...state, error: undefined } : state}>
        {({ server, hour, day, at }) => (
          <>
            <p class="hint">
              {t.readAt(at)}{' '}
              <span role="alert" class="fault">
                {error !== undefined && explain(error)}
              </span>
            </p>
            {server.findings.length > 0 && <Findings findings={server.findings} />}
            <Figures hour={hour} day={day} />
            <Events day={day} month={isMonth ? month : undefined} />
            <Server {...server} />
            <Nodes {...server} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

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
  const plot = (counts: Counts) => <EventPlot counts={counts} />
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
