import { useLocation } from 'wouter-preact'
import { ProblemError } from '../../../../src/client.ts'
import { api, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Action } from '../../ui/action.tsx'
import { Field } from '../../ui/form.tsx'
import { notify } from '../../ui/notices.tsx'

const t = { ...texts.common, ...texts.accounts }

/** A button that deletes an account, after the person has typed its username. */
export function RemoveAccount({ account: { id, username } }: { account: User }) {
  const [, navigate] = useLocation()
  async function remove(typed: string | undefined) {
    if (typed !== username) throw new ProblemError('', 400, [{ pointer: '/typed', detail: t.removeWrong(username) }])
    await ok(api.DELETE('/users/{id}', { params: { path: { id } } }))
    navigate('')
    notify(t.removedNow(username))
  }
  return (
    <Action label={t.remove} about={username} confirm={t.removeHint} isDangerous run={({ typed }) => remove(typed)}>
      <Field
        name="typed"
        label={t.removeTyped(username)}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
        required
        autoFocus
      />
    </Action>
  )
}
