import { ProblemError } from '../../../src/client.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { asTyped, Field } from './form.tsx'

const t = texts.common

/** A button that deletes what is called `name`, after the person has typed that name. */
export function Deletion(props: {
  name: string
  about?: string
  confirm: string
  label: string
  hint?: string
  remove: () => Promise<unknown>
}) {
  const { name, about, confirm, label, hint, remove } = props
  async function run({ typed }: Record<string, string>) {
    if (typed !== name) throw new ProblemError('', 400, [{ pointer: '/typed', detail: t.mistyped(name) }])
    await remove()
  }
  return (
    <Action label={t.delete} {...(about && { about })} confirm={confirm} isDangerous run={run}>
      <Field {...{ name: 'typed', label, hint }} autocomplete="off" {...asTyped} required autoFocus />
    </Action>
  )
}
