import type { components } from '../../openapi.d.ts'
import { texts } from '../../texts.ts'
import { Badge, Facts, Section, Time } from '../../ui/page.tsx'
import { sizeOf } from './bytes.ts'

const t = texts.overview

type Overview = components['schemas']['Overview']

/** The state of the server. */
export function Server({ sessions, hash_queue: queue, database, version, node, started_at }: Overview) {
  return (
    <Section title={t.server}>
      <Facts
        items={[
          [t.sessions, t.number(sessions)],
          [t.hashQueue, t.queue(queue.running, queue.waiting, queue.limit)],
          [t.database, t.databaseOf(database.dialect, sizeOf(database.bytes))],
          [t.version, version],
          [t.node, node],
          [t.startedAt, <Time key="started" at={started_at} />]
        ]}
      />
    </Section>
  )
}

/** The findings of `sallyport doctor` about the settings. */
export function Findings({ findings }: Pick<Overview, 'findings'>) {
  return (
    <Section title={t.findings}>
      {findings.length > 0 && (
        <ul class="findings">
          {findings.map(({ check, level, text }) => (
            <li key={check + text}>
              <Badge kind={level === 'error' ? 'bad' : 'plain'}>{t.levels[level]}</Badge> <strong>{check}</strong>:{' '}
              {text}
            </li>
          ))}
        </ul>
      )}
      <p class="hint">{findings.length > 0 ? t.moreChecks : t.noFindings}</p>
    </Section>
  )
}
