import { texts } from '../texts.ts'
import { Page } from '../ui/page.tsx'

const t = texts.account

export const Account = (_: { tab: string | undefined }) => <Page title={t.title}>…</Page>
