/** Draws Google's button in `element`. Calls `use` with each ID token and its nonce. */
export async function offerGoogle(clientId, element, use) {
  await load('https://accounts.google.com/gsi/client')
  const { id } = window.google.accounts
  function draw() {
    const nonce = newNonce()
    function callback({ credential }) {
      // The next ID token has another nonce.
      draw()
      use(credential, nonce)
    }
    id.initialize({ client_id: clientId, nonce, callback })
    element.replaceChildren()
    id.renderButton(element, { text: 'continue_with' })
  }
  draw()
}

/** Opens Apple's dialog at each click of `button`. Calls `use` with each ID token and its nonce. */
export async function offerApple(clientId, button, use) {
  await load('https://appleid.cdn-apple.com/appleauth/static/jsapi/appleid/1/en_US/appleid.auth.js')
  const { auth } = window.AppleID
  let nonce
  // Before the click, because a browser opens a popup only at once.
  async function prepare() {
    const next = newNonce()
    const hash = await sha256(next)
    nonce = next
    auth.init({ clientId, scope: 'email', redirectURI: `${location.origin}/`, nonce: hash, usePopup: true })
    button.hidden = false
  }
  button.addEventListener('click', async () => {
    const of = nonce
    try {
      const { authorization } = await auth.signIn()
      use(authorization.id_token, of)
    } catch {
      // The user has closed the dialog.
    } finally {
      await prepare()
    }
  })
  await prepare()
}

/** Runs a script of another site in the page. */
function load(src) {
  return new Promise((resolve, reject) => {
    const onerror = () => reject(new Error(`${new URL(src).host} does not respond.`))
    document.head.append(Object.assign(document.createElement('script'), { src, onload: resolve, onerror }))
  })
}

const hex = bytes => Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')

const newNonce = () => hex(crypto.getRandomValues(new Uint8Array(16)))

const sha256 = async text => hex(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))))
