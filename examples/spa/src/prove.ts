import { type FactorAnswer, getPasskey, type PasskeyRequest, type SecondFactor } from 'sallyport/client'
import { act, find, onClick, onSubmit, open, say } from './page.ts'

/** What a user can type, by its name in the `factors` of the server. */
const kinds = {
  password: {
    label: 'Password',
    use: 'Use the password',
    attributes: { type: 'password', inputMode: 'text', autocomplete: 'current-password' },
    answer: (password: string) => ({ password })
  },
  otp: {
    label: 'Code of your authenticator app',
    use: 'Use the authenticator app',
    attributes: { type: 'text', inputMode: 'numeric', autocomplete: 'one-time-code' },
    answer: (otp: string) => ({ otp })
  },
  recovery_code: {
    label: 'Recovery code',
    use: 'Use a recovery code',
    attributes: { type: 'text', inputMode: 'text', autocomplete: 'off' },
    answer: (recoveryCode: string) => ({ recoveryCode })
  }
}
type Kind = keyof typeof kinds

const input = find<HTMLInputElement>('code')
let offered: Kind[] = []
let kind: Kind = 'otp'
let request: PasskeyRequest | undefined
/** End the question to the user. */
let answer = (_shown: FactorAnswer) => {}
let giveUp = (_reason: Error) => {}

const next = () => offered[(offered.indexOf(kind) + 1) % offered.length] ?? kind

function choose(chosen: Kind) {
  kind = chosen
  find('code-label').textContent = kinds[kind].label
  find('other-code').textContent = kinds[next()].use
  Object.assign(input, kinds[kind].attributes, { value: '' })
  input.focus()
}

/** Asks for a second factor or, in a step-up, the password; first for `first`, and again when it was refused. */
export const ask =
  (first: Kind): SecondFactor =>
  async ({ factors, passkey, refused }) => {
    request = passkey
    offered = (Object.keys(kinds) as Kind[]).filter(name => factors.includes(name))
    find('prove-passkey').hidden = !passkey || !('PublicKeyCredential' in window)
    open('prove')
    choose(refused ? kind : first)
    say(refused?.description ?? '')
    return await new Promise((resolve, reject) => {
      answer = resolve
      giveUp = reject
    })
  }

/** Cancels the question, without a message. */
export const cancel = () => giveUp(new DOMException('', 'AbortError'))

onSubmit('prove', async () => answer(kinds[kind].answer(input.value)))
onClick('other-code', () => choose(next()))
onClick('prove-passkey', () => act('prove', async () => request && answer({ passkey: await getPasskey(request) })))
onClick('prove-cancel', cancel)
