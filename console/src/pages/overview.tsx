import { useEffect } from 'preact/hooks'
import { useSearch } from 'wouter-preact'
import { explain } from '../explain.ts'
import { texts } from '../texts.ts'
import { Action } from '../ui/action.tsx'
import { Loaded, useLoad } from '../ui/loading.tsx'
import { notify } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'
import { user } from '../who.ts'
import { Events, Figures } from './overview/activity.tsx'
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
          <div class="overview">
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
          </div>
        )}
      </Loaded>
    </Page>
  )
}
