import { useState } from 'preact/hooks'
import { getPasskey } from '../../../src/client.ts'
import { Cancelled } from '../explain.ts'
import { type Answer, type Kind, type Question, question, WantsAnother } from '../prove.ts'
import { site } from '../site.ts'
import { texts } from '../texts.ts'
import { Action } from './action.tsx'
import { Dialog } from './dialog.tsx'
import { asPassword, Field, Form } from './form.tsx'

const t = { ...texts.common, ...texts.prove }
const hasPasskeys = 'PublicKeyCredential' in window

/** How each kind of proof is typed. */
const inputs: Record<Kind, { label: string; use: string; input: object; answer(text: string): Answer }> = {
  otp: {
    label: t.otp,
    use: t.useOtp,
    input: { inputMode: 'numeric', autocomplete: 'one-time-code', hint: t.sixDigits },
    answer: otp => ({ otp })
  },
  recovery_code: {
    label: t.recoveryCode,
    use: t.useRecoveryCode,
    input: { autocomplete: 'off', spellcheck: false },
    answer: recoveryCode => ({ recoveryCode })
  },
  password: {
    label: t.password,
    use: t.usePassword,
    input: asPassword,
    answer: password => ({ password })
  },
  email_code: {
    label: t.emailCode,
    use: '',
    input: {
      inputMode: 'numeric',
      autocomplete: 'one-time-code',
      hint: t.sixDigits,
      // Mails and their readers put blanks between digits.
      pattern: '\\s*(\\d\\s*){6}',
      title: t.sixDigits
    },
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
