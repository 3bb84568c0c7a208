import type { User } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Badge } from '../../ui/page.tsx'

const t = { ...texts.common, ...texts.accounts }

/** Whether the account can log in: an invited one has no password yet. */
export const State = ({ account: { disabled, invited_at } }: { account: User }) => (
  <>
    {(disabled || !invited_at) && <Badge kind={disabled ? 'bad' : 'good'}>{disabled ? t.disabled : t.enabled}</Badge>}{' '}
    {invited_at && <Badge>{t.invited}</Badge>}
  </>
)

/** The address of an account, and whether its owner has confirmed it. */
export const Email = ({ account: { email, email_verified } }: { account: User }) =>
  email === null ? null : (
    <>
      {email} <Badge kind={email_verified ? 'good' : 'plain'}>{email_verified ? t.verified : t.notVerified}</Badge>
    </>
  )
