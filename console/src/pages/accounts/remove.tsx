import { useState } from 'preact/hooks'
import { ProblemError } from 'sallyport/client'
import { useLocation } from 'wouter-preact'
import { api, ok, type User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Dialog } from '../../ui/dialog.tsx'
import { Field, Form } from '../../ui/form.tsx'
import { notify } from '../../ui/notices.tsx'

const t = texts.accounts

/** A button that deletes an account, after the person has typed its username. */
export function RemoveAccount({ account: { id, username } }: { account: User }) {
  const [, navigate] = useLocation()
  const [isOpen, setOpen] = useState(false)
  const close = () => setOpen(false)
  async function remove(typed: string | undefined) {
    if (typed !== username) throw new ProblemError('', 400, [{ pointer: '/typed', detail: t.removeWrong(username) }])
    await ok(api.DELETE('/users/{id}', { params: { path: { id } } }))
    navigate('')
    notify(t.removedNow(username))
  }
  return (
    <>
      <button type="button" class="danger" onClick={() => setOpen(true)}>
        {t.remove}
      </button>
      {isOpen && (
        <Dialog title={t.removeTitle(username)} onClose={close}>
          <Form submit={t.remove} isDangerous onCancel={close} onSubmit={({ typed }) => remove(typed)}>
            <p>{t.removeHint}</p>
            <Field
              name="typed"
              label={t.removeTyped}
              hint={username}
              autocomplete="off"
              autocapitalize="none"
              spellcheck={false}
              required
              autoFocus
            />
          </Form>
        </Dialog>
      )}
    </>
  )
}
