import { availableParallelism } from 'node:os'
import { loadBcrypt } from '../../../src/bcrypt.ts'

// Prints how many verifications a second were done in as many seconds as the argument says.
const seconds = Number(process.argv[2])
const password = 'correct horse battery staple'
const { hash, verify } = await loadBcrypt()
const stored = await hash(password, 12, new Uint8Array(16))

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
