import type { Client } from '../../api.ts'
import { textFor, texts } from '../../texts.ts'
import { Badge } from '../../ui.ts'

const t = { ...texts.common, ...texts.clients }

/** A name of the protocol, and what it means. */
const explained = (name: string, meaning: string) => (
  <>
    <code>{name}</code>: {meaning}
  </>
)

/** The name of a grant; a short one for a grant whose name is a URN. */
export const grantName = (grant: string) => textFor(t.nameOfGrant, grant) ?? grant
export const explainedGrant = (grant: string) => explained(grantName(grant), textFor(t.meaningOfGrant, grant) ?? '')
export const explainedScope = (scope: string) => explained(scope, textFor(texts.scopes, scope) ?? t.ownScope)

/** Whether the client gets tokens. */
export const ClientState = ({ client: { disabled } }: { client: Client }) => (
  <Badge kind={disabled ? 'bad' : 'good'}>{disabled ? t.disabled : t.enabled}</Badge>
)
