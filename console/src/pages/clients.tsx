import { texts } from '../texts.ts'
import { Page } from '../ui/page.tsx'

const t = texts.clients

export const Clients = () => <Page title={t.title}>…</Page>
