import { OAuthError } from 'sallyport/client'

export const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T

const message = find('message')
/** Shows a text, which screen readers read out. */
export function say(text: string) {
  message.textContent = text
}

const parts = [...document.querySelectorAll<HTMLElement>('main > form, main > section')]
/** The part of the page that is shown. */
export const shown = () => parts.find(part => !part.hidden)?.id ?? 'sign-in'

/** Shows one part of the page, and moves the focus into it. */
export function open(id: string) {
  const part = find(id)
  if (!part.hidden) return
  for (const other of parts) other.hidden = true
  part.hidden = false
  part.querySelector<HTMLElement>('[tabindex], input')?.focus()
}

/** Runs the action of a button, one at a time, and shows the error if it fails. */
export async function act(id: string, work: () => Promise<unknown>) {
  const part = find(id)
  if (part.ariaBusy) return
  part.ariaBusy = 'true'
  say('')
  try {
    await work()
  } catch (error) {
    say(explain(error as Error))
  } finally {
    part.ariaBusy = null
  }
}

/** Calls `work` with the values of a form when the user sends it. */
export function onSubmit(id: string, work: (values: Record<string, string>) => Promise<unknown>) {
  const form = find<HTMLFormElement>(id)
  form.addEventListener('submit', event => {
    event.preventDefault()
    act(id, () => work(Object.fromEntries(new FormData(form)) as Record<string, string>))
  })
}

export const onClick = (id: string, work: () => unknown) => find(id).addEventListener('click', work)

function explain(error: Error): string {
  if (error instanceof TypeError) return 'Cannot reach the server. Are you offline?'
  if (error.name === 'NotAllowedError') return 'No passkey was used.'
  if (error.name === 'InvalidStateError') return 'This device already has a passkey of the account.'
  if (error instanceof OAuthError && error.challenge && !error.challenge.passkey) return 'The server has no passkeys.'
  if (error instanceof OAuthError && error.retryAfter) {
    return `${error.description} Try again in ${error.retryAfter} seconds.`
  }
  return error.message
}
