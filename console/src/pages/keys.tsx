import { texts } from '../texts.ts'
import { Page } from '../ui/page.tsx'

const t = texts.keys

export const Keys = () => <Page title={t.title}>…</Page>
