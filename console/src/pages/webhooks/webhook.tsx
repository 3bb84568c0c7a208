import { ProblemError } from '@sallyport/client'
import { useState } from 'preact/hooks'
import { Link, useLocation } from 'wouter-preact'
import { api, type Delivery, ok, type Webhook } from '../../api.ts'
import { number } from '../../intl.ts'
import { texts } from '../../texts.ts'
import {
  Action,
  Badge,
  Deletion,
  Facts,
  Field,
  Loaded,
  Moment,
  notify,
  Page,
  Section,
  Select,
  showSecret,
  Table,
  Time,
  timeText,
  useLive,
  type Values
} from '../../ui.ts'
import { can } from '../../who.ts'
import { timeIn } from '../audit/filters.ts'
import { hostOf } from './changes.ts'

const t = { ...texts.common, ...texts.webhooks }
/** How often the pages of webhooks are read. */
export const everyMs = 5000

/** The webhook with this id. */
export async function webhookOf(id: string): Promise<Webhook> {
  const { items } = await ok(api.GET('/webhooks'))
  const found = items.find(webhook => webhook.id === id)
  if (!found) throw new ProblemError(t.unknown, 404, [])
  return found
}

/** One webhook, and the actions on it. */
export function WebhookPage({ id }: { id: string }) {
  const [, navigate] = useLocation()
  const at = { params: { path: { id } } }
  const load = useLive(() => webhookOf(id), everyMs)
  const webhook = load.value
  const host = webhook && hostOf(webhook)
  const mayWrite = can('audit:read')

  /** Sends a test event, and says what the receiver answers within ten seconds. */
  async function test() {
    const page = location.pathname
    const { deliveries } = await ok(api.POST('/webhooks/{id}/test', at))
    const isNew = ({ at, type, error }: Delivery) =>
      at > (deliveries[0]?.at ?? '') && (type === 'webhook.tested' || error !== null)
    for (let tries = 0; tries < 10; tries++) {
      await new Promise(done => setTimeout(done, 1000))
      if (location.pathname !== page) return
      const found = await webhookOf(id)
      load.set(found)
      const delivery = found.deliveries.find(isNew)
      if (delivery) return notify(t.tested(t.result(delivery)))
    }
    notify(t.notTested)
  }
  async function replay({ since = '', after }: Values) {
    const body = after === undefined ? { since: timeIn(since) } : { after: Number(after) }
    load.set(await ok(api.POST('/webhooks/{id}/replay', { ...at, body })))
    notify(t.replayed)
  }
  async function rotate(host: string) {
    const { secret = '' } = await ok(api.PATCH('/webhooks/{id}', { ...at, body: { rotate_secret: true } }))
    showSecret({ title: t.secretOf(host), hint: t.secretOnce, secret, done: t.rotated(host) })
  }
  async function remove(host: string) {
    await ok(api.DELETE('/webhooks/{id}', at))
    navigate('')
    notify(t.deleted(host))
  }
  const actions = webhook && mayWrite && (
    <>
      {webhook.state !== 'paused' && <Action label={t.test} run={test} />}
      <Link href={`/${id}/edit`} class="button">
        {t.edit}
      </Link>
      <Pause webhook={webhook} onChange={load.set} />
    </>
  )
  return (
    <Page title={host ?? t.webhook} actions={actions}>
      {!mayWrite && <p>{t.needsAudit}</p>}
      <Loaded load={load}>
        {found => (
          <>
            <About webhook={found} />
            <Section title={t.deliveries} hint={t.deliveriesHint}>
              <Deliveries items={found.deliveries} />
            </Section>
            {mayWrite && (
              <>
                <Section title={t.replayTitle} hint={t.replayHint}>
                  <Action label={t.replay} run={replay}>
                    <ReplayFields {...found} />
                  </Action>
                </Section>
                <Section title={t.secret} hint={t.secretHint}>
                  <Action label={t.rotate} confirm={t.rotateConfirm} isDangerous run={() => rotate(hostOf(found))} />
                </Section>
              </>
            )}
            <Section title={t.deleteTitle} hint={t.deleteHint}>
              <Deletion
                name={hostOf(found)}
                confirm={t.deleteConfirm(hostOf(found))}
                label={t.deleteTyped}
                hint={hostOf(found)}
                remove={() => remove(hostOf(found))}
              />
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  )
}

/** Pauses a webhook, or continues it. */
function Pause({ webhook, onChange }: { webhook: Webhook; onChange: (webhook: Webhook) => void }) {
  const { id, state } = webhook
  const isPaused = state === 'paused'
  const change = async (paused: boolean) =>
    onChange(await ok(api.PATCH('/webhooks/{id}', { params: { path: { id } }, body: { paused } })))
  async function toggle() {
    await change(!isPaused)
    notify(isPaused ? t.continued : t.pausedNow)
  }
  return <Action key={String(isPaused)} label={isPaused ? t.continue : t.pause} run={toggle} />
}

function About({ webhook }: { webhook: Webhook }) {
  const { url, details, state, pause_reason: reason, lost, created_at, updated_at } = webhook
  return (
    <Section title={t.about}>
      <Facts
        items={[
          [t.url, <code key="url">{url}</code>],
          [t.events, <Events key="events" of={webhook} />],
          [t.details, t.hasDetails[`${details}`]],
          [
            t.state,
            <>
              <WebhookState of={webhook} /> {reason ? t.reasons[reason] : state === 'failing' && t.failing}
              <Failure of={webhook} />
            </>
          ],
          [t.reached, <Reached key="reached" of={webhook} />],
          [t.lost, lost > 0 && t.lostEvents(lost)],
          [t.created, <Time key="created" at={created_at} />],
          [t.changed, <Time key="changed" at={updated_at} />]
        ]}
      />
    </Section>
  )
}

/** The events that a webhook sends. */
export const Events = ({ of }: { of: Webhook }) => <code>{of.events.join(', ')}</code>

/** Whether the receiver gets events. */
export const WebhookState = ({ of: { state } }: { of: Webhook }) => (
  <Badge kind={({ active: 'good', failing: 'bad', paused: 'plain' } as const)[state]}>{t.states[state]}</Badge>
)

/** Why the last message was not accepted, and when it is tried again. */
export function Failure({ of: { deliveries, next_attempt_at: next } }: { of: Webhook }) {
  const [last] = deliveries
  if (!last || last.error === null) return null
  return (
    <div class="hint">
      {t.lastError(t.result(last))} {next && t.nextAttempt(timeText(next))}
    </div>
  )
}

/** Up to when the receiver has the events. */
export const Reached = ({ of: { reached_at: at, seal } }: { of: Webhook }) => (
  <>
    {at ? <Time at={at} /> : t.nothingYet}
    <div class="hint">{t.seal(seal)}</div>
  </>
)

const Deliveries = ({ items }: { items: Delivery[] }) => (
  <Table
    label={t.deliveries}
    items={items}
    empty={t.noDeliveries}
    columns={[
      [t.at, ({ at }) => <Moment at={at} />],
      [t.event, ({ type }) => <code>{type}</code>],
      [t.outcome, delivery => <span class={delivery.error === null ? 'sound' : 'fault'}>{t.result(delivery)}</span>],
      [t.duration, ({ ms }) => `${number.format(ms)} ms`]
    ]}
  />
)

/** The fields for the place from which events are sent again: a time, or a seal. */
function ReplayFields({ seal }: Webhook) {
  const [from, setFrom] = useState('since')
  return (
    <>
      <Select
        name="from"
        label={t.from}
        options={[
          ['since', t.fromTime],
          ['after', t.fromSeal]
        ]}
        value={from}
        onChange={setFrom}
      />
      {from === 'since' ? (
        <Field key={from} name="since" label={t.since} type="datetime-local" required />
      ) : (
        <Field key={from} name="after" label={t.after} hint={t.afterHint(seal)} type="number" min={0} required />
      )}
    </>
  )
}
