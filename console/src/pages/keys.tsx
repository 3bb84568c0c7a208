import { api, ok, type SigningKey } from '../api.ts'
import { server } from '../place.ts'
import { texts } from '../texts.ts'
import { Action, Badge, Copied, Loaded, notify, Page, Section, Table, Time, timeText, useLoad } from '../ui.ts'
import { can } from '../who.ts'
import { wordsFor } from './keys/words.ts'

const t = { ...texts.common, ...texts.keys }

/** The keys that sign access tokens, the newest first, and their rotation. */
export function Keys() {
  const load = useLoad(() => ok(api.GET('/keys')))
  const rotate = async (immediately: boolean) => {
    const keys = await ok(api.POST('/keys/rotate', { body: { immediately } }))
    load.set(keys)
    const newest = keys.items.at(-1) as SigningKey
    notify(immediately ? t.replaced(newest.kid) : t.rotated(timeText(newest.signs_at)))
  }
  return (
    <Page title={t.title} actions={<a href={`${server}/.well-known/jwks.json`}>{t.jwks}</a>}>
      <p>{t.hint}</p>
      <Loaded load={load}>{({ items }) => <KeyTable keys={items.toReversed()} />}</Loaded>
      {can('keys:write') && (
        <>
          <Section title={t.rotateTitle} hint={t.rotateHint}>
            <Action label={t.rotate} confirm={t.rotateConfirm} run={() => rotate(false)} />
          </Section>
          <Section title={t.replaceTitle} hint={t.replaceHint}>
            <Action label={t.replace} confirm={t.replaceConfirm} isDangerous run={() => rotate(true)} />
          </Section>
        </>
      )}
    </Page>
  )
}

const KeyTable = ({ keys }: { keys: SigningKey[] }) => (
  <Table
    label={t.title}
    items={keys}
    by="kid"
    columns={[
      [t.kid, ({ kid }) => <Copied text={kid} />],
      [t.alg, ({ alg }) => alg],
      [
        t.use,
        key => (
          <>
            <Badge kind={key.state === 'signs' ? 'good' : 'plain'}>{t.badges[key.state]}</Badge>{' '}
            {wordsFor(key, timeText)}
          </>
        )
      ],
      [t.created, ({ created_at }) => <Time at={created_at} />]
    ]}
  />
)
