import { ProblemError } from '@sallyport/client'
import { type ComponentChildren, Fragment } from 'preact'
import { useState } from 'preact/hooks'
import { texts } from '../texts.ts'
import { Dialog, keepFocus } from './dialog.tsx'
import { asTyped, Field, Form, type Values } from './form.tsx'
import { clearNotice, complain, notify } from './notices.tsx'

/** Runs an action of a button, one at a time, and tells the person when it fails. */
export function useAction(run: () => Promise<unknown>): [isBusy: boolean, act: () => Promise<void>] {
  const [isBusy, setBusy] = useState(false)
  return [
    isBusy,
    async () => {
      if (isBusy) return
      setBusy(true)
      clearNotice()
      try {
        await run()
      } catch (error) {
        complain(error)
      } finally {
        setBusy(false)
        keepFocus()
      }
    }
  ]
}

/**
 * A button with an action. With `confirm`, a dialog first says what it will do; `children` are fields in that dialog,
 * whose values `run` gets. `run` tells what it did with `notify`.
 */
export function Action(props: {
  label: string
  /** More for screen readers, when several buttons have the same label: what it acts on. */
  about?: string
  /** A sentence in place of the label and `about`, which begins with the label. */
  title?: string
  confirm?: ComponentChildren
  isDangerous?: boolean
  look?: 'main' | 'quiet'
  children?: ComponentChildren
  run(values: Values): Promise<unknown>
}) {
  const { label, about, title = about && `${label}: ${about}`, confirm, isDangerous, look, children, run } = props
  const [isOpen, setOpen] = useState(false)
  const [isBusy, act] = useAction(() => run({}))
  const close = () => setOpen(false)
  return (
    <Fragment>
      <button
        type="button"
        class={isDangerous ? 'danger' : look}
        aria-label={title}
        aria-disabled={isBusy}
        onClick={confirm || children ? () => setOpen(true) : act}
      >
        {isBusy ? texts.common.working : label}
      </button>
      {isOpen && (
        <Dialog title={title ?? label} onClose={close}>
          <Form
            submit={label}
            isDangerous={isDangerous}
            onCancel={close}
            onSubmit={async values => {
              await run(values)
              close()
            }}
          >
            {confirm && <p>{confirm}</p>}
            {children}
          </Form>
        </Dialog>
      )}
    </Fragment>
  )
}

/** A button that copies `text`. */
export function Copy({ text, about }: { text: string; about?: string }) {
  const run = async () => {
    // There is no clipboard on a page of http.
    const isCopied = await navigator.clipboard?.writeText(text).then(
      () => true,
      () => false
    )
    notify(isCopied ? texts.common.copied : texts.common.copyFailed)
  }
  return <Action label={texts.common.copy} {...(about && { about })} run={run} />
}

/** An id or a secret, and a button that copies it. */
export const Copied = ({ text, about = text }: { text: string; about?: string }) => (
  <>
    <code>{text}</code> <Copy text={text} about={about} />
  </>
)

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
    if (typed !== name) throw new ProblemError('', 400, [{ pointer: '/typed', detail: texts.common.mistyped(name) }])
    await remove()
  }
  return (
    <Action label={texts.common.delete} {...(about && { about })} confirm={confirm} isDangerous run={run}>
      <Field {...{ name: 'typed', label, hint }} {...asTyped} required autoFocus />
    </Action>
  )
}
