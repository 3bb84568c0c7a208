import { Link } from 'wouter-preact'
import { number } from '../../intl.ts'
import type { components } from '../../openapi.d.ts'
import { texts } from '../../texts.ts'
import { Facts, Section, Time } from '../../ui/page.tsx'
import { can } from '../../who.ts'
import { addressOf } from '../audit/filters.ts'
import { sizeOf } from './bytes.ts'

const t = texts.overview

/** The most events without a seal that the server counts. */
const mostUnsealed = 10_000

type Overview = components['schemas']['Overview']

/** The state of the server. */
export function Server(server: Overview) {
  const { sessions, refreshes, hash_queue: hashes, mail_queue: mail, seals, volume, database, started_at } = server
  return (
    <Section title={t.server}>
      <Facts
        items={[
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
          [t.key, <Key key="key" {...server} />],
          ...(volume ? [[t.volume, t.volumeState(sizeOf(volume.free), sizeOf(volume.total))] as [string, string]] : []),
          [t.database, t.databaseOf(database.dialect, sizeOf(database.bytes))],
          [t.hashQueue, t.queue(hashes.running, hashes.waiting, hashes.limit)],
          [t.refreshes, number.format(refreshes)],
          [t.startedAt, <Time key="started" at={started_at} />]
        ]}
      />
      {server.findings.length === 0 && <p class="hint">{t.noFindings}</p>}
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
