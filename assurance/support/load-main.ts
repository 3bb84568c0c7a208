import { Agent, request } from 'node:http'

// Logs in repeatedly, in its own process so that it does not delay the measurement. Arguments: the URL, the number of
// clients and the duration. Prints the number of answers with each status as JSON.
const [url = '', clients = '', seconds = '', form = ''] = process.argv.slice(2)

const statuses: Record<string, number> = {}
const count = (status: string) => {
  statuses[status] = (statuses[status] ?? 0) + 1
}
const end = performance.now() + Number(seconds) * 1000

function ask(agent: Agent): Promise<void> {
  return new Promise(resolve => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(form) }
    const sent = request(`${url}/token`, { agent, method: 'POST', headers }, response => {
      const isClear = response.statusCode !== 503 || response.headers['retry-after'] !== undefined
      count(isClear ? String(response.statusCode) : '503 without Retry-After')
      response.resume().once('end', resolve)
    })
    sent.once('error', error => {
      count(error.message)
      resolve()
    })
    sent.end(form)
  })
}

async function hammer() {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  while (performance.now() < end) await ask(agent)
  agent.destroy()
}

await Promise.all(Array.from({ length: Number(clients) }, hammer))
process.stdout.write(`${JSON.stringify(statuses)}\n`)
