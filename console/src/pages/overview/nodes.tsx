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
      <Table label={t.nodes} columns={[t.host, t.version, t.runtime, t.startedAt, t.seenAt]}>
        {nodes.map(one => (
          <tr key={one.id}>
            <th scope="row">{one.host}</th>
            <td>{one.version === version ? one.version : <Badge kind="bad">{one.version}</Badge>}</td>
            <td>{one.runtime}</td>
            <td>
              <Time at={one.started_at} />
            </td>
            <td>
              <Time at={one.seen_at} /> {isGone(one.seen_at) && <Badge kind="bad">{t.gone}</Badge>}
            </td>
          </tr>
        ))}
      </Table>
      <p class="hint">{t.answeredBy(version, node)}</p>
    </Section>
  )
}
