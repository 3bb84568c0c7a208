import { auditActions } from '../src/auth/audit-events.ts'
import { wrapped } from './wrapped.ts'

const item = (text: string) => wrapped(`- ${text}`, '  ')
const code = (names: string[]) => names.map(name => `\`${name}\``).join(', ')

/** The list of `docs/audit.md` with every action: by its first word where it has several, then the others. */
export function actionsList(): string {
  const groups = Object.entries<readonly string[]>(auditActions)
  const several = groups.filter(([, ends]) => ends.length > 1)
  const others = groups.flatMap(([word, ends]) => (ends.length === 1 ? [`${word}.${ends[0]}`] : []))
  const items = [...several.map(([word, ends]) => item(`\`${word}.\`: ${code([...ends])}`)), item(code(others))]
  return `\n${items.join('\n')}\n`
}
