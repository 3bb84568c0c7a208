import { texts } from '../texts.ts'
import { Page } from '../ui/page.tsx'

const t = texts.accounts

export const Accounts = () => <Page title={t.title}>…</Page>
