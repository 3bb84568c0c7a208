import { Link } from 'wouter-preact'
import { api, ok } from '../api.ts'
import { explain } from '../explain.ts'
import { lengthOf, type Range } from '../plot/bars.ts'
import { type Counts, EventPlot, readCounts } from '../plot/event-plot.tsx'
import { texts } from '../texts.ts'
import { Action, Loaded, notify, Page, Section, useLive } from '../ui.ts'
import { can } from '../who.ts'
import { addressOf } from './audit/filters.ts'
import { actionOf, figures, figuresOf } from './overview/figures.ts'
import { FirstSteps } from './overview/first-steps.tsx'
import { Findings, Nodes, Server } from './overview/server.tsx'

const t = texts.overview
const everyMs = 30_000

/** The state and the recent activity of the server. It is read again while the page is visible. */
export function Overview() {
  const state = useLive(readState, everyMs)
  const { value, error } = state

  async function refresh() {
    state.set(await readState())
    notify(t.refreshed)
  }

  return (
    <Page title={t.title} actions={<Action label={t.refresh} run={refresh} />}>
      <Loaded load={value ? { ...state, error: undefined } : state}>
        {({ server, hour, day, issuer, hasClient, at }) => (
          <>
            <p class="hint">
              {t.readAt(at)}{' '}
              <span role="alert" class="fault">
                {error !== undefined && explain(error)}
              </span>
            </p>
            {(server.accounts < 3 || (!hasClient && server.accounts < 100)) && <FirstSteps issuer={issuer} />}
            {server.findings.length > 0 && <Findings findings={server.findings} />}
            <Figures hour={hour} day={day} />
            {day.items.length > 0 && (
              <Section title={texts.audit.events}>
                <EventPlot counts={day} />
              </Section>
            )}
            <Server {...server} />
            <Nodes {...server} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

/** How many events of the last day and hour have each outcome, with links to those with one action. */
function Figures({ hour, day }: Record<'hour' | 'day', Counts>) {
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

/** The content of the overview, and when it was read. */
async function readState() {
  const [server, hour, day, { issuer }, hasClient] = await Promise.all([
    ok(api.GET('/overview')),
    readCounts(last(lengthOf.hour)),
    readCounts(last(lengthOf.day)),
    ok(api.GET('/.well-known/oauth-authorization-server')),
    !can('clients:read') ||
      ok(api.GET('/clients', { params: { query: { limit: 1 } } })).then(page => !!page.items.length)
  ])
  return { server, hour, day, issuer, hasClient, at: new Date() }
}

function last(length: number): Range {
  const until = Date.now()
  return { since: until - length, until, by: 'hour' }
}
