import { getPasskey, type SignedIn } from 'sallyport/client'
import { offerSecondFactors } from './enrol.ts'
import { act, find, onClick, onSubmit, open, say } from './page.ts'
import { ask, cancel } from './prove.ts'
import { call, client } from './session.ts'
import './style.css'

const account = find('account')
const names: Record<string, string> = { totp: 'authenticator app', passkey: 'passkey' }

async function readAccount() {
  const [body, { items }] = await Promise.all([call('/users/me'), call('/users/me/factors')])
  find('name').textContent = body.full_name ?? body.username
  find('account-username').textContent = body.username
  find('account-email').textContent = body.email ?? 'none'
  find('account-since').textContent = new Date(body.created_at).toLocaleDateString('en', { dateStyle: 'long' })
  find('account-factors').textContent = items.map(({ type }: { type: string }) => names[type]).join(', ') || 'none'
}

/** Whether the login can only add a second factor, which the account has to have. */
let mustEnrol = false

/** Shows the account if a user is signed in, and otherwise the form. */
function show(who: SignedIn | undefined) {
  cancel()
  mustEnrol = who?.scope === 'factors'
  for (const detail of account.querySelectorAll('dd')) detail.textContent = ''
  find('name').textContent = mustEnrol ? 'Add a second factor' : (who?.username ?? '')
  find('must-enrol').hidden = !mustEnrol
  for (const id of ['details', 'read-again']) find(id).hidden = mustEnrol
  open(who ? 'account' : 'sign-in')
  if (who && !mustEnrol) act('account', readAccount)
}

/** Goes on after a second factor was added. A login that could only add one ends. */
async function goOn() {
  open('account')
  if (!mustEnrol) return await readAccount()
  await client.signOut()
  say('Sign in again, now with your second factor.')
}

/** Signs in, and shows the form again when that failed. */
async function signIn(credentials: Parameters<typeof client.signIn>[0]) {
  try {
    await client.signIn(credentials)
    find<HTMLFormElement>('sign-in').reset()
  } finally {
    if (!(await client.signedIn())) open('sign-in')
  }
}

onSubmit('sign-in', ({ username = '', password = '' }) => signIn({ username, password, secondFactor: ask('otp') }))
onClick('passkey-sign-in', () => act('sign-in', () => signIn({ passkey: getPasskey })))
onClick('read-again', () => act('account', readAccount))
onClick('sign-out', () => act('account', () => client.signOut()))
offerSecondFactors(goOn)
for (const id of ['passkey-sign-in', 'add-passkey']) find(id).hidden = !('PublicKeyCredential' in window)

// Called now, and after every sign-in and sign-out in any tab.
client.onChange(show)
