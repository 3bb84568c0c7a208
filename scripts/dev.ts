import { spawn } from 'node:child_process'
import { once } from 'node:events'

// `npm run dev`: the server from the sources, and the build of the console, each again after a change of its files.
// When one of them ends, so does the other.

const children = [
  spawn('tsx', ['watch', '--clear-screen=false', 'scripts/serve.ts'], { stdio: 'inherit' }),
  spawn(process.execPath, ['console/build.mjs', '--watch'], { stdio: ['ignore', 'inherit', 'inherit'] })
]

let isEnding = false
function end() {
  if (!isEnding) for (const child of children) child.kill()
  isEnding = true
}
// Ctrl-C also reaches the children, and a second signal would kill the server before its last requests are served.
process.on('SIGINT', () => {
  isEnding = true
})
process.on('SIGTERM', end)

const [code] = await Promise.race(children.map(child => once(child, 'exit')))
end()
process.exitCode = code ?? 0
