import type { User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Badge } from '../../ui/page.tsx'

const t = texts.accounts

/** Whether the account can log in. */
export const State = ({ account: { disabled } }: { account: User }) => (
  <Badge kind={disabled ? 'bad' : 'good'}>{disabled ? t.disabled : t.enabled}</Badge>
)

/** The address of an account, and whether its owner has confirmed it. */
export const Email = ({ account: { email, email_verified } }: { account: User }) =>
  email === null ? null : (
    <>
      {email} <Badge kind={email_verified ? 'good' : 'plain'}>{email_verified ? t.verified : t.notVerified}</Badge>
    </>
  )
