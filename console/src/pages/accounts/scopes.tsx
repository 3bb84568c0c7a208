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
    <Section title={t.scopes} hint={can('users:write') && t.scopesHint}>
      <Loaded load={metadata}>
        {({ scopes_supported }) => {
          const choices = choicesOf(scopes, scopes_supported, can)
          const plain = choices.filter(choice => !isPrivileged(choice))
          const privileged = choices.filter(isPrivileged)
          const groups = (
            <>
              {plain.length > 0 && <Choices title={t.plainScopes} choices={plain} />}
              {/* Folded for accounts that have none of them, as most. */}
              {privileged.length > 0 && (
                <details open={privileged.some(({ isGranted }) => isGranted)}>
                  <summary>{t.privilegedScopes}</summary>
                  <Choices title={t.privilegedScopes} hint={t.privilegedHint} choices={privileged} />
                </details>
              )}
            </>
          )
          if (!can('users:write')) return groups
          return (
            <Form submit={t.saveScopes} onSubmit={values => save(Object.keys(values))}>
              {groups}
            </Form>
          )
        }}
      </Loaded>
    </Section>
  )
}

const Choices = ({ title, hint, choices }: { title: string; hint?: string; choices: Choice[] }) => (
  <fieldset disabled={!can('users:write')} aria-label={title}>
    {hint ? <p class="hint">{hint}</p> : <legend>{title}</legend>}
    {choices.map(({ scope, isGranted, isGrantable }) => {
      const about = [textFor(texts.scopes, scope), isGrantable || !can('users:write') ? undefined : t.onlyRemovable]
      const label = [scope, ...about.filter(Boolean)].join(' – ')
      return <Check key={scope} name={scope} label={label} defaultChecked={isGranted} />
    })}
  </fieldset>
)
