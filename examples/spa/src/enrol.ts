import { createPasskey } from 'sallyport/client'
import { act, find, onClick, onSubmit, open, say } from './page.ts'
import { call } from './session.ts'

/** The authenticator app that waits for its first code. */
let factorId: string

/** Shows the account, or first the recovery codes that came with a second factor. */
function showAdded(codes: string[] | undefined) {
  if (!codes) return open('account')
  find('recovery-codes').replaceChildren(
    ...codes.map(code => Object.assign(document.createElement('li'), { textContent: code }))
  )
  open('recovery')
}

async function beginApp() {
  const { id, secret, svg } = await call('/users/me/factors', { type: 'totp' })
  factorId = id
  find<HTMLImageElement>('qr').src = `data:image/svg+xml,${encodeURIComponent(svg)}`
  find('secret').textContent = secret
  find<HTMLFormElement>('enrol').reset()
  open('enrol')
}

/** Lets the user add second factors. `read` shows those of the account. */
export function offerSecondFactors(read: () => Promise<unknown>) {
  onClick('add-app', () => act('account', beginApp))
  onClick('add-passkey', () =>
    act('account', async () => {
      const response = await createPasskey(await call('/users/me/passkeys/options', {}))
      const { recovery_codes } = await call('/users/me/passkeys', { name: 'This device', response })
      showAdded(recovery_codes)
      await read()
      say('The passkey is added.')
    })
  )
  onClick('copy-secret', () =>
    act('enrol', async () => {
      await navigator.clipboard.writeText(find('secret').textContent ?? '')
      say('The secret is copied.')
    })
  )
  onClick('enrol-cancel', () => open('account'))
  onSubmit('enrol', async ({ code }) => {
    const { recovery_codes } = await call(`/users/me/factors/${factorId}/confirm`, { code })
    find('secret').textContent = ''
    find('qr').removeAttribute('src')
    showAdded(recovery_codes)
    await read()
  })
  onClick('recovery-done', () => {
    find('recovery-codes').replaceChildren()
    open('account')
  })
}
