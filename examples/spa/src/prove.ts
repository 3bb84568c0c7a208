import { type FactorAnswer, getPasskey, type PasskeyRequest, type SecondFactor } from 'sallyport/client'
import { act, find, onClick, onSubmit, open, say } from './page.ts'

const codes = {
  otp: { label: 'Code of your authenticator app', other: 'Use a recovery code', inputMode: 'numeric' },
  recoveryCode: { label: 'Recovery code', other: 'Use the authenticator app', inputMode: 'text' }
}

const input = find<HTMLInputElement>('code')
let kind: keyof typeof codes = 'otp'
let request: PasskeyRequest | undefined
/** End the question to the user. */
let answer = (_shown: FactorAnswer) => {}
let giveUp = (_reason: Error) => {}

function choose(next: keyof typeof codes) {
  kind = next
  find('code-label').textContent = codes[kind].label
  find('other-code').textContent = codes[kind].other
  input.inputMode = codes[kind].inputMode
  input.autocomplete = kind === 'otp' ? 'one-time-code' : 'off'
  input.value = ''
  input.focus()
}

/** Asks for a second factor, again when it was refused. */
export const secondFactor: SecondFactor = async ({ passkey, refused }) => {
  request = passkey
  find('prove-passkey').hidden = !passkey || !('PublicKeyCredential' in window)
  open('prove')
  choose(refused ? kind : 'otp')
  say(refused?.description ?? '')
  return await new Promise((resolve, reject) => {
    answer = resolve
    giveUp = reject
  })
}

/** Cancels the question, without a message. */
export const cancel = () => giveUp(new DOMException('', 'AbortError'))

onSubmit('prove', async () => answer(kind === 'otp' ? { otp: input.value } : { recoveryCode: input.value }))
onClick('other-code', () => choose(kind === 'otp' ? 'recoveryCode' : 'otp'))
onClick('prove-passkey', () => act('prove', async () => request && answer({ passkey: await getPasskey(request) })))
onClick('prove-cancel', cancel)
