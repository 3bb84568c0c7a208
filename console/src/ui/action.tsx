import { type ComponentChildren, Fragment } from 'preact'
import { useState } from 'preact/hooks'
import { texts } from '../texts.ts'
import { Dialog } from './dialog.tsx'
import { Form } from './form.tsx'
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
      }
    }
  ]
}

/**
 * A button with an action. With `confirm`, a dialog first says what it will do. `run` tells what it did with `notify`.
 */
export function Action(props: {
  label: string
  /** More for screen readers, when several buttons have the same label: what it acts on. */
  about?: string
  confirm?: ComponentChildren
  isDangerous?: boolean
  run(): Promise<unknown>
}) {
  const { label, about, confirm, isDangerous = false, run } = props
  const [isOpen, setOpen] = useState(false)
  const [isBusy, act] = useAction(run)
  const close = () => setOpen(false)
  return (
    <Fragment>
      <button
        type="button"
        class={isDangerous ? 'danger' : undefined}
        aria-label={about && `${label}: ${about}`}
        aria-disabled={isBusy}
        onClick={confirm ? () => setOpen(true) : act}
      >
        {isBusy ? texts.common.working : label}
      </button>
      {isOpen && (
        <Dialog title={about ? `${label}: ${about}` : label} onClose={close}>
          <Form
            submit={label}
            isDangerous={isDangerous}
            onCancel={close}
            onSubmit={async () => {
              await run()
              close()
            }}
          >
            <p>{confirm}</p>
          </Form>
        </Dialog>
      )}
    </Fragment>
  )
}

/** A button that copies `text`. */
export function Copy({ text, about }: { text: string; about?: string }) {
  const run = async () => {
    await navigator.clipboard.writeText(text).then(
      () => notify(texts.common.copied),
      () => notify(texts.common.copyFailed)
    )
  }
  return <Action label={texts.common.copy} {...(about && { about })} run={run} />
}
