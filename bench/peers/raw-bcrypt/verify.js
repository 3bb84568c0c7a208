import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/bcrypt'

// Prints how many verifications a second were done in as many seconds as the argument says.
const seconds = Number(process.argv[2])
const password = 'correct horse battery staple'
const stored = await hash(password, 12)

let done = 0
const begin = performance.now()
const end = begin + seconds * 1000

async function verifyUntilEnd() {
  while (performance.now() < end) {
    if (!(await verify(password, stored))) throw new Error('The password is right, and was refused')
    done++
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, verifyUntilEnd))
process.stdout.write(`${(done * 1000) / (performance.now() - begin)}\n`)
