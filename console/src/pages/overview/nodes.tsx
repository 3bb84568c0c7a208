import type { components } from '../../openapi.d.ts'
import { texts } from '../../texts.ts'
import { Badge, Section, Table, Time } from '../../ui/page.tsx'

const t = texts.overview
/** Two reports of a node that runs are a minute apart. */
const missedMs = 120_000

/** The processes of the server. One of another version than the one that answers stands out, and one that is gone. */
export function Nodes({ nodes, now, version, node }: components['schemas']['Overview']) {
  const isGone = (seen: string) => Date.parse(now) - Date.parse(seen) > missedMs
  return (
    <Section title={t.nodes}>
      <Table
        label={t.nodes}
        items={nodes}
        by="id"
        columns={[
          [t.host, ({ host }) => host, 'row'],
          [t.version, one => (one.version === version ? version : <Badge kind="bad">{one.version}</Badge>)],
          [t.runtime, ({ runtime }) => runtime],
          [t.startedAt, ({ started_at }) => <Time at={started_at} />],
          [
            t.seenAt,
            ({ seen_at }) => (
              <>
                <Time at={seen_at} /> {isGone(seen_at) && <Badge kind="bad">{t.gone}</Badge>}
              </>
            )
          ]
        ]}
      />
      <p class="hint">{t.answeredBy(version, node)}</p>
    </Section>
  )
}
