// Verifies the output of `sallyport audit export --seals`, which it reads from standard input. Its arguments are the
// public key that `sallyport audit export --public-key` prints, those of earlier secrets, and a noted seal as NUMBER:HASH.
import { createHash, createPublicKey, verify } from 'node:crypto'
import { createInterface } from 'node:readline'

const [keys, [noted]] = [false, true].map(isSeal => process.argv.slice(2).filter(text => text.includes(':') === isSeal))
let [number, hash, intact, isNotedFound] = [0, '', 0, noted === undefined]
/** The events since the last seal, and their lines. */
let [events, lines] = [[], createHash('sha256')]

function isSigned(text, signature, x) {
  const key = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  return verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'))
}

function check(isRight, fault) {
  if (!isRight) throw new Error(fault)
}

function readEvent({ seq, at, action, actor, subject, client_id, ip, detail, seal }) {
  const members = [seq, Date.parse(at), action, actor, subject, client_id, ip, detail]
  lines.update(`${JSON.stringify(members, Object.keys(detail).sort())}\n`)
  events.push({ seq, seal })
}

function readSeal({ seal, previous, events: count, digest, at, public_key, signature, pruned }) {
  const text = JSON.stringify(['sallyport seal', seal, previous, count, digest, Date.parse(at), public_key])
  check(keys.includes(public_key), `seal ${seal} is signed by another key, ${public_key}`)
  check(isSigned(text, signature, public_key), `seal ${seal} was changed: its signature does not match`)
  const own = createHash('sha256').update(text).digest('hex')
  const mark = JSON.stringify(['sallyport pruned', seal, own])
  const isPruned = pruned !== undefined && number === 0 && keys.some(key => isSigned(mark, pruned, key))
  check(isPruned || pruned === undefined, `seal ${seal} has a mark of pruning that is not valid here`)
  check(isPruned || seal === number + 1, `seal ${number + 1} is missing`)
  check(isPruned || previous === hash, `seal ${seal} does not continue the seal before it`)
  for (const event of events)
    check(event.seal === seal, `event ${event.seq} names seal ${event.seal}, not seal ${seal}`)
  const covered = isPruned ? 0 : count
  check(events.length === covered, `seal ${seal} covers ${covered} event(s), but ${events.length} event(s) name it`)
  check(isPruned || lines.digest('hex') === digest, `seal ${seal} covers an event that was changed`)
  ;[number, hash, intact, events, lines] = [seal, own, intact + covered, [], createHash('sha256')]
  isNotedFound ||= noted === `${number}:${hash}`
}

try {
  for await (const line of createInterface({ input: process.stdin })) {
    const one = JSON.parse(line)
    if ('seq' in one) readEvent(one)
    else readSeal(one)
  }
  for (const { seq, seal } of events) check(seal === null, `event ${seq} names seal ${seal}, which is missing`)
  check(number > 0, 'there is no seal')
  check(isNotedFound, `seal ${noted} is missing`)
  console.log(`${intact} event(s) are intact, ${events.length} have no seal yet. The newest seal is ${number}:${hash}.`)
} catch ({ message }) {
  console.error(`The audit trail is broken: ${message}.`)
  process.exitCode = 1
}
