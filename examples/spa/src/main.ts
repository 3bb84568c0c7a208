import { createClient, OAuthError, type SignedIn, webStorage } from 'sallyport/client'
import './style.css'

const server = import.meta.env.VITE_SALLYPORT ?? 'http://127.0.0.1:3000'
const client = createClient({ url: server, storage: webStorage(localStorage) })

const find = <T extends HTMLElement>(id: string) => document.getElementById(id) as T
const form = find<HTMLFormElement>('sign-in')
const account = find('account')
const message = find('message')

/** Runs the action of a button, one at a time, and shows the error if it fails. */
async function act(part: HTMLElement, work: () => Promise<unknown>) {
  if (part.ariaBusy) return
  part.ariaBusy = 'true'
  message.textContent = ''
  try {
    await work()
  } catch (error) {
    message.textContent = explain(error as Error)
  } finally {
    part.ariaBusy = null
  }
}

function explain(error: Error): string {
  if (error instanceof TypeError) return 'Cannot reach the server. Are you offline?'
  if (error instanceof OAuthError && error.retryAfter) {
    return `${error.description} Try again in ${error.retryAfter} seconds.`
  }
  return error.message
}

async function readAccount() {
  const answer = await client.fetch(`${server}/users/me`)
  const body = await answer.json()
  if (!answer.ok) throw new Error(body.detail)
  find('name').textContent = body.full_name ?? body.username
  find('account-username').textContent = body.username
  find('account-email').textContent = body.email ?? 'none'
  find('account-since').textContent = new Date(body.created_at).toLocaleDateString('en', { dateStyle: 'long' })
}

/** Shows the account if a user is signed in, and otherwise the form. */
function show(who: SignedIn | undefined) {
  for (const detail of account.querySelectorAll('dd')) detail.textContent = ''
  account.hidden = !who
  form.hidden = Boolean(who)
  if (who) {
    find('name').textContent = who.username
    find('name').focus()
    act(account, readAccount)
  } else find('username').focus()
}

form.addEventListener('submit', event => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(form)) as { username: string; password: string }
  act(form, async () => {
    await client.signIn({ username, password })
    form.reset()
  })
})
find('read-again').addEventListener('click', () => act(account, readAccount))
find('sign-out').addEventListener('click', () => act(account, () => client.signOut()))

// Called now, and after every sign-in and sign-out in any tab.
client.onChange(show)
