import { useEffect } from 'preact/hooks'
import { useSearch } from 'wouter-preact'
import { texts } from '../texts.ts'
import { Action } from '../ui/action.tsx'
import { Loaded, useLoad } from '../ui/loading.tsx'
import { notify } from '../ui/notices.tsx'
import { Page } from '../ui/page.tsx'
import { user } from '../who.ts'
import { Activity } from './overview/activity.tsx'
import { Findings, Server } from './overview/server.tsx'
import { readMonth, readState } from './overview/state.ts'

const t = texts.overview
const everyMs = 30_000

/** The state and the recent activity of the server. It is read again while the page is visible. */
export function Overview() {
  const isMonth = new URLSearchParams(useSearch()).get('range') === 'month'
  const state = useLoad(readState)
  const month = useLoad(async () => (isMonth ? await readMonth() : undefined), [isMonth])

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
      <Loaded load={state}>
        {({ server, hour, day, at }) => (
          <>
            <p class="hint">{t.readAt(at)}</p>
            <Activity server={server} hour={hour} day={day} month={isMonth ? month : undefined} />
            <Server {...server} />
            <Findings findings={server.findings} />
          </>
        )}
      </Loaded>
    </Page>
  )
}
