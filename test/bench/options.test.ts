import t from 'tap'
import { readOptions } from '../../bench/options.ts'

const known = { figures: ['me', 'refresh', 'start'], peers: ['express', 'fastapi'] }

t.test('figures, rounds, and several other commits are chosen, with no peers', async t => {
  const line = 'me start --rounds 9 --against cfde233 --against HEAD~3 --peers none'
  t.strictSame(readOptions(line.split(' '), known), {
    isSmoke: false,
    rounds: 9,
    seconds: 0.8,
    figures: ['me', 'start'],
    peers: [],
    docs: false,
    against: ['cfde233', 'HEAD~3']
  })
})

t.test('without arguments, everything is measured, but no other commit', async t => {
  const { figures, peers, against } = readOptions([], known)
  t.strictSame({ figures, peers, against }, { ...known, against: [] })
})

t.test('names that do not exist, and numbers that cannot be measured, are refused', async t => {
  for (const [line, message] of [
    ['you', /no you/],
    ['--peers nestor', /no nestor/],
    ['--rounds 0', /--rounds/],
    ['--seconds x', /--seconds/],
    ['--smoke --docs', /--smoke/]
  ] as const)
    t.throws(() => readOptions(line.split(' '), known), message)
})
