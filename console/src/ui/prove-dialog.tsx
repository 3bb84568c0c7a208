import { signal } from '@preact/signals'
import type { EmailCodeCredentials, FactorAnswer, OAuthError, PasskeyRequest, SecondFactor } from '@sallyport/client'
import { getPasskey } from '@sallyport/client'
import { useState } from 'preact/hooks'
import { Cancelled, explain } from '../explain.ts'
import { site } from '../site.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { Dialog } from './dialog.tsx'
import { asCode, asPassword, asTyped, Field, Form } from './form.tsx'

const t = { ...texts.common, ...texts.prove }
const hasPasskeys = 'PublicKeyCredential' in window

/** How each kind of proof is typed. */
const inputs: Record<Kind, { label: string; use: string; input: object; answer(text: string): Answer }> = {
  otp: { label: t.otp, use: t.useOtp, input: asCode, answer: otp => ({ otp }) },
  recovery_code: { label: t.recovery, use: t.useRecovery, input: asTyped, answer: recoveryCode => ({ recoveryCode }) },
  password: { label: t.password, use: t.usePassword, input: asPassword, answer: password => ({ password }) },
  email_code: {
    label: t.emailCode,
    use: '',
    // Mails and their readers put blanks between digits.
    input: { ...asCode, pattern: '\\s*(\\d\\s*){6}', title: t.sixDigits },
    answer: text => ({ emailCode: text.replace(/\s/g, '') })
  }
}

/** The dialog that asks for a second factor or the password, while a request waits for it. */
export function ProveDialog() {
  const open = question.value
  if (!open) return null
  const isMailed = open.first === 'email_code'
  return (
    <Dialog title={isMailed ? t.emailCodeTitle : t.title} onClose={() => open.end(new Cancelled())}>
      <p class="site">{site}</p>
      {isMailed && <p>{t.emailCodeHint}</p>}
      <Proof open={open} />
    </Dialog>
  )
}

function Proof({ open }: { open: Question }) {
  const { offered, first, passkey, refused, answer, end } = open
  const [kind, setKind] = useState(offered.includes(first) ? first : offered[0])
  return (
    <>
      <p role="alert" class="fault">
        {refused}
      </p>
      {kind && (
        <Form
          key={kind}
          submit={t.submit}
          onCancel={() => end(new Cancelled())}
          onSubmit={async ({ proof = '' }) => answer(inputs[kind].answer(proof))}
        >
          <Field name="proof" label={inputs[kind].label} {...inputs[kind].input} required autoFocus />
        </Form>
      )}
      <div class="actions">
        {offered
          .filter(other => other !== kind)
          .map(other => (
            <Action key={other} label={inputs[other].use} look="quiet" run={async () => setKind(other)} />
          ))}
        {kind === 'email_code' && (
          <Action label={t.anotherEmailCode} look="quiet" run={async () => end(new WantsAnother())} />
        )}
        {passkey && hasPasskeys && (
          <Action label={t.passkey} look="quiet" run={async () => answer({ passkey: await getPasskey(passkey) })} />
        )}
      </div>
    </>
  )
}

/** The proofs that complete a login, by their names in the `factors` of the server. */
const kinds = ['otp', 'recovery_code', 'password'] as const
type Kind = (typeof kinds)[number] | 'email_code'

/** A proof that a user has typed, or that of a passkey. */
type Answer = FactorAnswer | { emailCode: string }

/** The person wants another message with a code. */
export class WantsAnother extends Error {}

/** A question to the person, while it is open. */
interface Question {
  /** The proofs that the server accepts, and the one to ask for first. */
  offered: Kind[]
  first: Kind
  passkey?: PasskeyRequest | undefined
  /** Why the server refused the last answer. */
  refused: string | undefined
  answer(presented: Answer): void
  /** Ends the question without an answer; as an error, why. */
  end(why: Cancelled | WantsAnother): void
}

/** The question that the dialog shows. */
export const question = signal<Question>()

/** Shows the question until the person has answered it. */
function open<Given extends Answer>(
  asked: Pick<Question, 'offered' | 'first' | 'passkey'> & { refused: OAuthError | undefined }
): Promise<Given> {
  return new Promise((resolve, reject) => {
    const close = () => {
      question.value = undefined
    }
    question.value = {
      ...asked,
      refused: asked.refused && explain(asked.refused),
      answer(presented) {
        close()
        resolve(presented as Given)
      },
      end(why) {
        close()
        reject(why)
      }
    }
  })
}

/** Asks for the proof of a login: for `first` unless the person chooses another way. */
export const ask =
  (first: Kind): SecondFactor =>
  ({ factors, passkey, refused }) =>
    open<FactorAnswer>({ offered: kinds.filter(kind => factors.includes(kind)), first, passkey, refused })

/** Asks for the proof of a step-up. An account without a second factor is only asked for a recent login. */
export const askAgain: SecondFactor = asked => ask(asked.acr ? 'otp' : 'password')(asked)

/** Asks for the code that the server has mailed. */
export const askForCode: EmailCodeCredentials['emailCode'] = async ({ refused }) =>
  (await open<{ emailCode: string }>({ offered: ['email_code'], first: 'email_code', refused })).emailCode
