import { useState } from 'preact/hooks'
import { api, ok } from '../../api.ts'
import { number } from '../../intl.ts'
import type { components } from '../../openapi.d.ts'
import { pagesOf } from '../../paging.ts'
import { texts } from '../../texts.ts'
import { Facts, Section, Stepwise } from '../../ui.ts'

const t = texts.audit.verify

type Verification = components['schemas']['AuditVerification']

/** Whether the audit trail is as it was written, checked on request. */
export function Verify() {
  const [found, setFound] = useState<Verification>()

  async function verify(signal: AbortSignal, report: (events: number) => void) {
    setFound(undefined)
    let all = { events: 0, seals: 0 }
    for await (const step of pagesOf(start => ok(api.GET('/audit/verify', { params: { query: start }, signal })))) {
      all = { ...step, events: all.events + step.events, seals: all.seals + step.seals }
      report(all.events)
    }
    setFound(all as Verification)
  }

  return (
    <Section title={t.title} hint={t.hint} actions={<Stepwise label={t.now} progress={t.progress} run={verify} />}>
      <div role="status">{found && <Result {...found} />}</div>
    </Section>
  )
}

function Result({ events, seals, newest, unsealed, broken }: Verification) {
  return (
    <>
      {broken ? (
        <>
          <p class="fault">{t.broken(broken.what, broken.fault)}</p>
          <p>{t.meaning(events)}</p>
        </>
      ) : (
        <p class="sound">{t.intact(events)}</p>
      )}
      {unsealed !== null && <p>{t.unsealed(unsealed)}</p>}
      <Facts
        items={[
          [t.seals, number.format(seals)],
          [t.newest, newest && <code>{`${newest.number}:${newest.hash}`}</code>]
        ]}
      />
    </>
  )
}
