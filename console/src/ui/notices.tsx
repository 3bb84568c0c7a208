import { signal } from '@preact/signals'
import { explain } from '../explain.ts'
import { texts } from '../texts.ts'

interface Notice {
  text: string
  isError: boolean
  /** The page that it belongs to: after `navigate`, the new one. */
  path: string
  undo?: (() => Promise<unknown>) | undefined
}

const notice = signal<Notice>()

/** Shows the result of an action, and offers to undo it. Screen readers read it out. */
export function notify(text: string, undo?: () => Promise<unknown>) {
  notice.value = { text, isError: false, path: location.pathname, undo }
}

/** Tells the person why an action failed. */
export function complain(error: unknown) {
  notice.value = { text: explain(error), isError: true, path: location.pathname }
}

/** Removes the last message, such as when the person begins something else. */
export function clearNotice() {
  notice.value = undefined
}

/** Removes the last message, unless it is about the page of the address. */
export function clearOldNotice() {
  if (notice.value?.path !== location.pathname) clearNotice()
}

async function undoLast(undo: () => Promise<unknown>) {
  try {
    await undo()
    notify(texts.common.undone)
  } catch (error) {
    complain(error)
  }
}

/** The last message. The regions stay in the page, because screen readers only read changes of known ones. */
export function Notices() {
  const { text, isError, undo } = notice.value ?? { text: '', isError: false }
  return (
    <div class="notices">
      <div role="status">{!isError && text}</div>
      <div role="alert">{isError && text}</div>
      {undo && (
        <button type="button" onClick={() => undoLast(undo)}>
          {texts.common.undo}
        </button>
      )}
      {text && (
        <button type="button" class="quiet" onClick={clearNotice}>
          {texts.common.dismiss}
        </button>
      )}
    </div>
  )
}
