import { Link } from 'wouter-preact'
import { number, sizeOf } from '../../intl.ts'
import type { components } from '../../openapi.d.ts'
import { texts } from '../../texts.ts'
import { Badge, Facts, Section, Table, Time } from '../../ui.ts'
import { can } from '../../who.ts'
import { addressOf } from '../audit/filters.ts'

const t = texts.overview

/** The most events without a seal that the server counts. */
const mostUnsealed = 10_000

type Overview = components['schemas']['Overview']

/** The state of the server. */
export function Server(server: Overview) {
  const {
    accounts,
    sessions,
    refreshes,
    hash_queue: hashes,
    mail_queue: mail,
    seals,
    webhooks,
    volume,
    database,
    started_at
  } = server
  return (
    <Section title={t.server}>
      <Facts
        items={[
          [
            texts.accounts.title,
            can('users:read') ? (
              <Link key="accounts" href="/accounts">
                {texts.accounts.total(accounts)}
              </Link>
            ) : (
              texts.accounts.total(accounts)
            )
          ],
          [
            t.sessions,
            <Link key="sessions" href={addressOf({ range: 'month', action: 'login.succeeded' })}>
              {number.format(sessions)}
            </Link>
          ],
          [t.mail, t.mailState(mail.waiting, mail.oldest_at, mail.has_smtp)],
          [
            texts.audit.title,
            <Link key="seals" href={addressOf({ range: 'own', since: seals.newest_at ?? '' })}>
              {t.sealState(seals.unsealed, seals.newest_at, seals.unsealed >= mostUnsealed)}
            </Link>
          ],
          [texts.webhooks.title, webhooks.total > 0 && t.webhookState(webhooks.total, webhooks.failing)],
          [t.key, <Key key="key" {...server} />],
          [t.volume, volume && t.volumeState(sizeOf(volume.free), sizeOf(volume.total))],
          [t.database, t.databaseOf(database.dialect, sizeOf(database.bytes))],
          [t.hashQueue, t.queue(hashes.running, hashes.waiting, hashes.limit)],
          [t.refreshes, number.format(refreshes)],
          [t.version, `${server.version}, Node.js ${server.node.slice(1)}`],
          [texts.common.started, <Time key="started" at={started_at} />]
        ]}
      />
      {server.findings.length === 0 && <p class="hint">{`${t.noFindings} ${t.moreChecks}`}</p>}
    </Section>
  )
}

/** The key that signs and what becomes of it, with a link to the keys. */
function Key({ signing_key: key, now }: Overview) {
  if (!key) return <>{t.noKey}</>
  const days = Math.floor((Date.parse(now) - Date.parse(key.created_at)) / 86_400_000)
  const text = t.keyState(days, key.next_signs_at, key.rotates_at)
  return (
    <>
      <code>{key.kid}</code>
      <br />
      {can('keys:read') ? <Link href="/keys">{text}</Link> : text}
    </>
  )
}

/** Two reports of a node that runs are a minute apart. */
const missedMs = 120_000

/** The processes of a server that has several. One of another version than the one that answers stands out, and one that is gone. */
export function Nodes({ nodes, now, version }: Overview) {
  const isGone = (seen: string) => Date.parse(now) - Date.parse(seen) > missedMs
  if (nodes.every((one, at) => at === 0 && one.version === version && !isGone(one.seen_at))) return null
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
          [texts.common.started, ({ started_at }) => <Time at={started_at} />],
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
    </Section>
  )
}

/** The findings of `sallyport doctor` about the settings. */
export const Findings = ({ findings }: Pick<Overview, 'findings'>) => (
  <Section title={t.findings}>
    <ul class="findings">
      {findings.map(({ check, level, text }) => (
        <li key={check + text}>
          <Badge kind={level === 'error' ? 'bad' : 'plain'}>{t.levels[level]}</Badge> <strong>{check}</strong>: {text}
        </li>
      ))}
    </ul>
    <p class="hint">{t.moreChecks}</p>
  </Section>
)
