import { Link } from 'wouter-preact'
import { texts } from '../../texts.ts'
import { can } from '../../who.ts'
import { useUsername } from './names.ts'

const t = texts.audit

/** A party of an event: an account or a client with a link to it, or its id. */
export function Party({ id }: { id: string | null }) {
  const username = useUsername(id)
  if (id === null) return <span class="hint">{texts.common.none}</span>
  if (id === 'cli') return <>{t.commandLine}</>
  if (id === 'app') return <>{t.app}</>
  if (username !== undefined) return <Link href={`/accounts/${id}`}>{username}</Link>
  const text = <code>{id}</code>
  return id.startsWith('c_') && can('clients:read') ? <Link href={`/clients/${id}`}>{text}</Link> : text
}
