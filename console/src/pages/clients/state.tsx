import type { Client } from '../../api.ts'
import { texts } from '../../texts.ts'
import { Badge } from '../../ui/page.tsx'

const t = { ...texts.common, ...texts.clients }

/** Whether the client gets tokens. */
export const ClientState = ({ client }: { client: Client }) =>
  client.disabled ? <Badge kind="bad">{t.disabled}</Badge> : <Badge kind="good">{t.enabled}</Badge>
