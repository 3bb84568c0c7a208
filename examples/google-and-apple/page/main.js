import { offerApple, offerGoogle } from './providers.js'
import { createClient } from './sallyport/index.js'

const { sallyport, google, apple } = await (await fetch('settings')).json()
// In memory, because the scripts of Google and Apple run in this page and could read a storage.
const client = createClient({ url: sallyport })
const find = id => document.getElementById(id)

/** Runs an action of the user, and shows why it failed. */
async function act(action) {
  find('message').textContent = ''
  try {
    await action()
  } catch (error) {
    find('message').textContent = error.message
  }
}

/** The answer of the API. Rejects with the detail of a refusal. */
async function call(method, path = '', body = undefined) {
  const headers = body && { 'Content-Type': 'application/json' }
  const answer = await client.fetch(`${sallyport}/users/me${path}`, { method, headers, body: JSON.stringify(body) })
  const result = answer.status === 204 ? undefined : await answer.json()
  if (!answer.ok) throw new Error(result.detail)
  return result
}

/** A second factor of the account, which is asked for after an ID token too. */
function secondFactor({ refused }) {
  const otp = prompt(refused?.description ?? 'The code of your authenticator app')
  return otp ? { otp } : undefined
}

/** Logs in with an ID token or, while a user is logged in, links the account that it names to the user's. */
const use = (idToken, nonce) =>
  act(async () => {
    if (!(await client.signedIn())) return await client.signIn({ idToken, nonce, secondFactor })
    await call('POST', '/identities', { id_token: idToken, nonce })
    await showIdentities()
  })

async function showIdentities() {
  const { items } = await call('GET', '/identities')
  find('identities').replaceChildren(
    ...items.map(({ id, issuer, email }) => {
      const item = document.createElement('li')
      const remove = Object.assign(document.createElement('button'), { textContent: 'Remove' })
      remove.addEventListener('click', () =>
        act(async () => {
          await call('DELETE', `/identities/${id}`)
          await showIdentities()
        })
      )
      item.append(`${email ?? 'an account'} at ${new URL(issuer).host} `, remove)
      return item
    })
  )
}

client.onChange(who => {
  find('sign-in').hidden = who !== undefined
  find('account').hidden = who === undefined
  find('name').textContent = who?.username ?? ''
  find('identities').replaceChildren()
  if (who) act(showIdentities)
})

find('sign-in').addEventListener('submit', event => {
  event.preventDefault()
  const { username, password } = Object.fromEntries(new FormData(event.target))
  act(async () => {
    await client.signIn({ username, password, secondFactor })
    event.target.reset()
  })
})
find('sign-out').addEventListener('click', () => act(() => client.signOut()))

if (google) act(() => offerGoogle(google, find('google'), use))
if (apple) act(() => offerApple(apple, find('apple'), use))
