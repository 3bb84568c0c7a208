import { Link } from 'wouter-preact'
import { consolePath } from '../../place.ts'
import { texts } from '../../texts.ts'
import { Value } from '../../ui/more.tsx'
import { useName } from './names.ts'

const t = texts.audit

/** A party of an event: an account or a client with a link to it, or its id. */
export function Party({ id }: { id: string | null }) {
  const name = useName(id)
  if (id === null) return <span class="hint">{texts.common.none}</span>
  if (id === 'cli') return <>{t.commandLine}</>
  if (id === 'app') return <>{t.app}</>
  if (name === undefined)
    return (
      <code>
        <Value text={id} />
      </code>
    )
  return <Link href={`~${consolePath}/${id.startsWith('c_') ? 'clients' : 'accounts'}/${id}`}>{name}</Link>
}
