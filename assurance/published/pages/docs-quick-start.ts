import { type PageRow, serveCommand } from '../../support/page.ts'

export const pages: PageRow[] = [
  {
    path: 'docs/quick-start.md',
    standIns: { 'npx sallyport serve': serveCommand },
    prints: [
      /^$/,
      /users:write[\s\S]*"username":"alice"/,
      /^{"access_token":.*}\n?{"id":.*"username":"alice"/,
      /orders:read[\s\S]*"scope":"me orders:read"/,
      /^{"ordersOf":"alice"}\n$/
    ]
  }
]
