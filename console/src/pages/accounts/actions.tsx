import { useLocation } from 'wouter-preact'
import { api, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action, Deletion, notify, Section } from '../../ui.ts'

const t = { ...texts.common, ...texts.accounts }

/** `warnings` say what the person has to know before the account is disabled. */
type Props = { account: User; warnings: string[]; reload: () => Promise<unknown> }

/** The actions of an administrator that take an account from its owner. */
export function DangerousActions({ account, warnings, reload }: Props) {
  const [, navigate] = useLocation()
  const { id, username, disabled } = account
  const at = { params: { path: { id } } }

  async function change(disabled: boolean) {
    await ok(api.PATCH('/users/{id}', { ...at, body: { disabled } }))
    await reload()
  }
  async function toggle() {
    await change(!disabled)
    notify(disabled ? t.enabledNow(username) : t.disabledNow(username), () => change(disabled))
  }
  async function reset() {
    await ok(api.POST('/users/{id}/password/reset', at))
    await reload()
    notify(t.resetNow(username))
  }
  async function remove() {
    await ok(api.DELETE('/users/{id}', at))
    navigate('')
    notify(t.removedNow(username))
  }
  return (
    <Section title={t.dangerous}>
      <div class="actions">
        <Action
          label={disabled ? t.enable : t.disable}
          about={username}
          confirm={!disabled && warnings.join(' ')}
          run={toggle}
        />
        <Action
          label={t.reset}
          about={username}
          confirm={`${t.resetHint} ${linkOf(account)}`}
          isDangerous
          run={reset}
        />
        <Deletion
          name={username}
          about={username}
          confirm={t.removeHint}
          label={t.removeTyped(username)}
          remove={remove}
        />
      </div>
    </Section>
  )
}

/** Whether the server mails a link to choose a new password. */
function linkOf({ id, email, email_verified }: User): string {
  if (email === null) return t.resetMailsNothing(id)
  return email_verified ? t.resetMails(email) : t.resetInvites(email, id)
}
