import { api, ok, type User } from '../../api.ts'
import { textFor, texts } from '../../texts.ts'
import { Check, Form, Loaded, notify, Section, useLoad } from '../../ui.ts'
import { can } from '../../who.ts'
import { type Choice, choicesOf, chosen } from './scope-choices.ts'

const t = { ...texts.common, ...texts.accounts }
const isPrivileged = ({ scope }: Choice) => scope !== 'me' && Object.hasOwn(texts.scopes, scope)

/** The scopes that an account may be granted. */
export function Scopes({ account, reload }: { account: User; reload: () => Promise<unknown> }) {
  const { id, username, scopes } = account
  const metadata = useLoad(() => ok(api.GET('/.well-known/oauth-authorization-server')))

  const put = (scopes: string[]) => ok(api.PATCH('/users/{id}', { params: { path: { id } }, body: { scopes } }))
  async function save(checked: string[]) {
    const after = chosen(scopes, checked)
    if (after.join(' ') === scopes.join(' ')) return notify(t.sameScopes)
    await put(after)
    await reload()
    const isUndoable = scopes.every(scope => after.includes(scope) || can(scope))
    notify(t.savedScopes(username), isUndoable ? () => put(scopes).then(reload) : undefined)
  }

  return (
    <Section title={t.scopes}>
      <Loaded load={metadata}>
        {({ scopes_supported }) => {
          const choices = choicesOf(scopes, scopes_supported, can)
          const groups = (
            <>
              <Plain choices={choices.filter(choice => !isPrivileged(choice))} />
              <Privileged choices={choices.filter(isPrivileged)} />
            </>
          )
          if (!can('users:write')) return groups
          return (
            <>
              <p class="hint">{t.scopesHint}</p>
              <Form submit={t.saveScopes} onSubmit={values => save(Object.keys(values))}>
                {groups}
              </Form>
            </>
          )
        }}
      </Loaded>
    </Section>
  )
}

const Plain = ({ choices }: { choices: Choice[] }) =>
  choices.length > 0 && (
    <fieldset disabled={!can('users:write')}>
      <legend>{t.plainScopes}</legend>
      <Choices choices={choices} />
    </fieldset>
  )

/** Folded for accounts that have none of them, as most. */
const Privileged = ({ choices }: { choices: Choice[] }) =>
  choices.length > 0 && (
    <details open={choices.some(({ isGranted }) => isGranted)}>
      <summary>{t.privilegedScopes}</summary>
      <fieldset disabled={!can('users:write')} aria-label={t.privilegedScopes}>
        <p class="hint">{t.privilegedHint}</p>
        <Choices choices={choices} />
      </fieldset>
    </details>
  )

const Choices = ({ choices }: { choices: Choice[] }) => (
  <>
    {choices.map(({ scope, isGranted, isGrantable }) => {
      const about = [textFor(texts.scopes, scope), isGrantable || !can('users:write') ? undefined : t.onlyRemovable]
      const label = [scope, ...about.filter(Boolean)].join(' – ')
      return <Check key={scope} name={scope} label={label} defaultChecked={isGranted} />
    })}
  </>
)
