import { freshLogin } from '../app.ts'
import { limited, once, type Way, type Ways, type WriteWorld, writesNothing } from './world.ts'

const newPassword = 'purple monkey dishwasher lamp'
const forged = 'x'.repeat(43)

/** Links that a message carries, right and wrong ones, as JSON or as the form of a page. */
function links(purpose: Parameters<WriteWorld['link']>[1], kind: 'json' | 'form', more: object = {}): Way[] {
  const mails = { undo_email_change: 'email_changed', undo_factor: 'factor_added' } as const
  return [
    writesNothing('wrong links', async () => () => ({ [kind]: { token: forged, ...more } })),
    limited('a right link', once, async world => {
      const owner = await (purpose === 'invitation' ? world.invited() : world.person())
      if (purpose === 'verify_email')
        await world.app.users.updateProfile(owner.id, { email: `${owner.id}@x.example` }, freshLogin)
      const mail = purpose.startsWith('undo_') ? mails[purpose as keyof typeof mails] : (purpose as 'verify_email')
      const token = await world.link(owner.id, purpose, mail)
      return () => ({ [kind]: { token, ...more } })
    })
  ]
}

const resets = (kind: 'json' | 'form') =>
  (['reset_password', 'invitation'] as const).flatMap(purpose => links(purpose, kind, { new_password: newPassword }))

/** Ways to ask for links in messages, and to use them. */
export const linkWays: Ways = {
  'POST /users/me/email/verify-request': [
    {
      name: 'links to a pending address',
      one: 'mail',
      many: 'mail',
      messages: 'mailbox',
      ask: async world => {
        const { id, token } = await world.person()
        await world.app.users.updateProfile(id, { email: `${id}@example.com` }, freshLogin)
        return () => ({ token })
      }
    }
  ],
  'POST /email/verify': links('verify_email', 'json'),
  'POST /verify-email': links('verify_email', 'form'),
  'POST /email/undo': links('undo_email_change', 'json'),
  'POST /undo-email-change': links('undo_email_change', 'form'),
  'POST /factors/undo': links('undo_factor', 'json'),
  'POST /undo-factor': links('undo_factor', 'form'),
  'POST /password/reset': resets('json'),
  'POST /reset-password': resets('form'),
  'POST /password/forgot': [
    {
      name: 'the address of an account',
      one: 'mail',
      many: 'mail',
      messages: 'mailbox',
      ask: async world => {
        const { email } = await world.person()
        return () => ({ json: { email } })
      }
    },
    limited('addresses that no account has', 'mail', async world => () => ({
      json: { email: `${world.next('nobody')}@example.com` }
    }))
  ]
}
