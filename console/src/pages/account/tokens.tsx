import { useState } from 'preact/hooks'
import { api, ok, type PersonalToken } from '../../api.ts'
import { texts } from '../../texts.ts'
import { listed } from '../../ui/listed.ts'
import { notify } from '../../ui/notices.tsx'
import { Table, Time } from '../../ui/page.tsx'
import { Action, Checks, Field, Loaded, Section, Select, showSecret, useLoad, type Values } from '../../ui.ts'
import { can, signInAgainWith } from '../../who.ts'

const t = { ...texts.common, ...texts.tokens }

/** The tokens of the account, the scopes of APIs that it has, and the APIs that a token can be for. */
async function read() {
  const [{ items }, { scopes }, { issuer, protected_resources }] = await Promise.all([
    ok(api.GET('/users/me/tokens')),
    ok(api.GET('/users/me')),
    ok(api.GET('/.well-known/oauth-authorization-server'))
  ])
  const resources = protected_resources.filter(resource => resource !== issuer)
  return { items, scopes: scopes.filter(scope => !Object.hasOwn(texts.scopes, scope)), resources }
}

/** The personal access tokens of the account. */
export function Tokens() {
  const load = useLoad(read)

  async function create(values: Values) {
    const { name = '', resource, expires_in } = values
    const body = {
      name,
      scopes: listed(values, 'scopes'),
      expires_in: Number(expires_in),
      ...(resource && { resource })
    }
    const { token } = await ok(api.POST('/users/me/tokens', { body }))
    showSecret({ title: t.valueOf(name), hint: t.once, secret: token, done: t.createdNow(name) })
    await load.reload()
  }
  async function remove(id: string) {
    await ok(api.DELETE('/users/me/tokens/{id}', { params: { path: { id } } }))
    await load.reload()
  }

  return (
    <Loaded load={load}>
      {({ items, scopes, resources }) => {
        const missing = scopes.filter(scope => !can(scope))
        return (
          <Section
            title={texts.account.tabs.tokens}
            actions={
              <Action label={t.create} run={create}>
                <NewTokenFields scopes={scopes.filter(can)} resources={resources} />
              </Action>
            }
          >
            <p>{t.hint}</p>
            {missing.length > 0 && (
              <>
                <p>{t.missing(missing.join(', '))}</p>
                <Action label={texts.signIn.again} run={() => signInAgainWith(scopes)} />
              </>
            )}
            <TokenTable items={items} empty={t.empty} remove={remove} />
          </Section>
        )
      }}
    </Loaded>
  )
}

const secondsOf = (days: number) => String(days * 86_400)

/** The fields for a new personal access token, which can have these scopes and be for one of these APIs. */
function NewTokenFields({ scopes, resources }: { scopes: string[]; resources: string[] }) {
  const [lifetime, setLifetime] = useState(secondsOf(90))
  return (
    <>
      <Field name="name" label={t.name} hint={t.nameHint} autocomplete="off" maxLength={64} required autoFocus />
      {scopes.length === 0 ? (
        <p class="hint">{t.noScopes}</p>
      ) : (
        <Checks
          name="scopes"
          label={t.scopes}
          hint={t.scopesHint}
          options={scopes.map(scope => [scope, <code key={scope}>{scope}</code>])}
          values={[]}
        />
      )}
      {resources.length > 0 && (
        <Select
          name="resource"
          label={t.resource}
          options={[['', t.anyResource], ...resources.map((id): [string, string] => [id, id])]}
        />
      )}
      <Select
        name="expires_in"
        label={t.lifetime}
        options={[30, 90, 180, 365].map(days => [secondsOf(days), t.days(days)])}
        value={lifetime}
        onChange={setLifetime}
      />
    </>
  )
}

/** Personal access tokens, with a button that deletes each, if the person may. */
export function TokenTable(props: {
  items: PersonalToken[]
  empty: string
  remove?: ((token: string) => Promise<unknown>) | undefined
}) {
  const { items, empty, remove } = props
  return (
    <Table
      label={texts.account.tabs.tokens}
      items={items}
      by="id"
      empty={empty}
      columns={[
        [t.name, ({ name }) => name, 'row'],
        [t.scopes, ({ scopes }) => scopes.join(', ') || t.none],
        [t.resource, ({ resource }) => resource ?? t.anyResource],
        [t.created, ({ created_at }) => <Time at={created_at} />],
        [t.expires, ({ expires_at }) => <Time at={expires_at} />],
        [t.lastUsed, ({ last_used_at }) => <Time at={last_used_at} />],
        remove !== undefined && [
          t.actions,
          ({ id, name }) => (
            <Action
              label={t.delete}
              about={name}
              confirm={t.deleteHint}
              isDangerous
              run={() => remove(id).then(() => notify(t.deletedNow(name)))}
            />
          )
        ]
      ]}
    />
  )
}
