import type { ComponentChildren } from 'preact'
import { useRef } from 'preact/hooks'
import { Link } from 'wouter-preact'
import { eventWords, reasonOf } from '../../event-words.ts'
import { number } from '../../intl.ts'
import type { components } from '../../openapi.d.ts'
import { texts } from '../../texts.ts'
import { Empty, Section } from '../../ui/page.tsx'
import { addressOf } from '../audit/filters.ts'
import { useName } from '../audit/names.ts'
import { inPlace } from './in-place.ts'

const t = texts.overview
const range = 'day'
/** As many as the server names of the accounts and addresses. */
const most = 5

type Refused = components['schemas']['Refusals']

/** Why attempts of the last day were refused, whose login was tried, and from where. */
export function Refusals({ since, is_cut, reasons, subjects, ips }: Refused) {
  const others = reasons.slice(most)
  const [action, ...more] = new Set(others.map(each => each.action))
  return (
    <>
      <Ranks
        title={t.reasons}
        empty={t.noRefusals}
        items={reasons.slice(0, most)}
        keyOf={({ action, reason }) => `${action} ${reason}`}
        show={({ action, reason }) => <Link href={addressOf({ range, action })}>{reasonWords(action, reason)}</Link>}
      >
        {action && (
          <Rank count={others.reduce((sum, { count }) => sum + count, 0)}>
            {more.length > 0 ? t.otherReasons : <Link href={addressOf({ range, action })}>{t.otherReasons}</Link>}
          </Rank>
        )}
      </Ranks>
      <Ranks
        title={t.guessed}
        empty={t.noFailures}
        items={subjects}
        keyOf={({ id }) => id}
        show={({ id }) => <Guessed id={id} />}
      />
      <Ranks
        title={t.guessing}
        empty={t.noFailures}
        items={ips}
        keyOf={({ ip }) => ip}
        show={({ ip }) => <Link href={addressOf({ range, action: 'login.failed', ip })}>{ip}</Link>}
      >
        {is_cut && <li class="hint">{t.countedSince(new Date(since))}</li>}
      </Ranks>
    </>
  )
}

function Guessed({ id }: { id: string }) {
  const username = useName(id)
  return <Link href={addressOf({ range, action: 'login.failed', subject: id })}>{username ?? <code>{id}</code>}</Link>
}

/** The reason alone for logins, which most refusals are about. */
function reasonWords(action: string, reason: string | null): string {
  const event = { action, detail: { reason } }
  return (action === 'login.failed' && reasonOf(event)) || eventWords(event)
}

/** A list with room for its longest form and fixed places, so that a refresh moves nothing. */
function Ranks<T extends { count: number }>(props: {
  title: string
  empty: string
  items: T[]
  keyOf: (item: T) => string
  show: (item: T) => ComponentChildren
  children?: ComponentChildren
}) {
  const { title, empty, items, keyOf, show, children } = props
  const shown = useRef<T[]>([])
  shown.current = inPlace(shown.current, items, keyOf)
  return (
    <Section title={title}>
      {items.length === 0 ? (
        <Empty>{empty}</Empty>
      ) : (
        <ul class="ranks">
          {shown.current.map(item => (
            <Rank key={keyOf(item)} count={item.count}>
              {show(item)}
            </Rank>
          ))}
          {children}
        </ul>
      )}
    </Section>
  )
}

const Rank = ({ count, children }: { count: number; children: ComponentChildren }) => (
  <li>
    <span>{children}</span>
    <span class="number">{number.format(count)}</span>
  </li>
)
