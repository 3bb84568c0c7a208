import type { ComponentChildren } from 'preact'
import { useEffect, useId, useRef } from 'preact/hooks'
import { clearNotice, Notices } from './notices.tsx'

/**
 * A modal dialog, open as long as it is rendered. Escape calls `onClose`; without it, the dialog stays open. The focus is
 * on the field with `autoFocus`, otherwise on the first one, and without fields on the title.
 */
export function Dialog(props: { title: string; onClose?: (() => void) | undefined; children: ComponentChildren }) {
  const { title, onClose, children } = props
  const dialog = useRef<HTMLDialogElement>(null)
  const id = useId()
  useEffect(() => {
    const opener = document.activeElement
    clearNotice()
    dialog.current?.showModal()
    if (!dialog.current?.querySelector('[autofocus]'))
      dialog.current?.querySelector<HTMLElement>('input, select, textarea')?.focus()
    // The page is out of reach until the dialog is gone.
    return () =>
      queueMicrotask(() => {
        if (opener instanceof HTMLElement) opener.focus()
        keepFocus()
      })
  }, [])
  return (
    <dialog
      ref={dialog}
      aria-labelledby={id}
      onCancel={event => {
        event.preventDefault()
        onClose?.()
      }}
      // Browsers close a dialog at the second Escape in a row, whatever the page says.
      onClose={() => (onClose ? onClose() : dialog.current?.showModal())}
    >
      {/* What is first gets the focus: not the button that cannot be undone. */}
      <h2 id={id} tabIndex={-1}>
        {title}
      </h2>
      {/* While a dialog is open, the messages of the page are out of reach. */}
      <Notices />
      {children}
    </dialog>
  )
}

/** Moves the focus to the heading if its element has left the page, such as the button of a row that is gone. */
export function keepFocus() {
  // After the page has been rendered.
  setTimeout(() => {
    if (document.activeElement === document.body) document.querySelector('h1')?.focus()
  })
}
