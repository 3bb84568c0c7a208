import { texts } from '../texts.ts'
import { Page } from '../ui/page.tsx'

const t = texts.audit

export const Audit = () => <Page title={t.title}>…</Page>
