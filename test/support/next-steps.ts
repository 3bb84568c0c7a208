import { nextSteps } from '../../src/commands/next-steps.ts'

const place = {
  folder: '/srv/login',
  program: ['/usr/bin/node', '/srv/login/sallyport.cjs'],
  user: 'login',
  machine: 'm1'
}
const config = { issuer: 'https://login.example.com', host: '127.0.0.1', port: 3000, trustProxy: ['127.0.0.1'] }
/** The steps for a server, with the differences `changed` of its settings and `at` of its place. */
export const steps = (changed: object, at: object = {}) =>
  nextSteps({ ...config, ...changed }, { ...place, ...at }, args => `npx sallyport ${args}`)

/** The indented lines below the line that begins with `heading`. */
export function block(lines: string[], heading: string) {
  const from = lines.findIndex(line => line.startsWith(heading)) + 1
  const rest = lines.slice(from)
  const to = rest.findIndex(line => !line.startsWith('  '))
  return (to < 0 ? rest : rest.slice(0, to)).join('\n')
}
