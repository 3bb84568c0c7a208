import { createPasskey } from 'sallyport/client'
import { act, find, onClick, onSubmit, open, say } from './page.ts'
import { call } from './session.ts'

/** The authenticator app that waits for its first code. */
let factorId: string

/** Shows the recovery codes that came with a second factor. Resolves to whether there are any. */
function showRecoveryCodes(codes: string[] = []) {
  const items = codes.map(code => Object.assign(document.createElement('li'), { textContent: code }))
  find('recovery-codes').replaceChildren(...items)
  if (items.length > 0) open('recovery')
  return items.length > 0
}

async function beginApp() {
  const { id, secret, svg } = await call('/users/me/factors', { type: 'totp' })
  factorId = id
  find<HTMLImageElement>('qr').src = `data:image/svg+xml,${encodeURIComponent(svg)}`
  find('secret').textContent = secret
  find<HTMLFormElement>('enrol').reset()
  open('enrol')
}

/** Lets the user add second factors. Calls `goOn` when one is added, and the recovery codes are read. */
export function offerSecondFactors(goOn: () => Promise<unknown>) {
  onClick('add-app', () => act('account', beginApp))
  onClick('add-passkey', () =>
    act('account', async () => {
      const response = await createPasskey(await call('/users/me/passkeys/options', {}))
      const { recovery_codes } = await call('/users/me/passkeys', { name: 'This device', response })
      if (!showRecoveryCodes(recovery_codes)) await goOn()
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
    showRecoveryCodes(recovery_codes)
  })
  onClick('recovery-done', () =>
    act('recovery', async () => {
      showRecoveryCodes()
      await goOn()
    })
  )
}
