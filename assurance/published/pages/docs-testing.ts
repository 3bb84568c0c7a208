import type { PageRow } from '../../support/page.ts'

export const pages: PageRow[] = [{ path: 'docs/testing.md', prints: [/^(#|ℹ) pass 11\n\1 fail 0$/m] }]
