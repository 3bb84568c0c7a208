import { getPasskey, type SignedIn } from 'sallyport/client'
import { offerSecondFactors } from './enrol.ts'
import { act, find, onClick, onSubmit, open } from './page.ts'
import { cancel, secondFactor } from './prove.ts'
import { call, client, hasPasskeys } from './session.ts'
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

/** Shows the account if a user is signed in, and otherwise the form. */
function show(who: SignedIn | undefined) {
  cancel()
  for (const detail of account.querySelectorAll('dd')) detail.textContent = ''
  find('name').textContent = who?.username ?? ''
  open(who ? 'account' : 'sign-in')
  if (who) act('account', readAccount)
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

onSubmit('sign-in', ({ username = '', password = '' }) => signIn({ username, password, secondFactor }))
onClick('passkey-sign-in', () => act('sign-in', () => signIn({ passkey: getPasskey })))
onClick('read-again', () => act('account', readAccount))
onClick('sign-out', () => act('account', () => client.signOut()))
offerSecondFactors(readAccount)
hasPasskeys.then(has => {
  for (const id of ['passkey-sign-in', 'add-passkey']) find(id).hidden = !has
})

// Called now, and after every sign-in and sign-out in any tab.
client.onChange(show)
