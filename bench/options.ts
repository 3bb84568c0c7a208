import { parseArgs } from 'node:util'

/** The figures to measure, and how. */
export interface Options {
  isSmoke: boolean
  rounds: number
  seconds: number
  figures: string[]
  peers: string[]
  /** Whether to update docs/evidence/performance.md and .json. */
  docs: boolean
  /** Other revisions of Sallyport, to measure in the same rounds. */
  against: string[]
}

/** Names of figures and of peers. */
interface Known {
  figures: string[]
  peers: string[]
}

/** The output of `--help`. */
export const usage = ({ figures, peers }: Known) => `npm run bench -- [FIGURE…] [options]
  FIGURE           measure these figures, not all: ${figures.join(', ')}
  --smoke          checks within minutes that everything runs; its numbers mean nothing
  --rounds N       rounds (5)
  --seconds N      length of one measurement (0.8)
  --peers A,B      these peers: ${peers.join(', ')}; "none" for none
  --against REV    in the same rounds, measure another commit too; may be repeated
  --docs           update docs/evidence/performance.md and .json too; figures not measured, or refused, stay unchanged`

/** Throws with a readable message when an argument is wrong. */
export function readOptions(args: string[], known: Known): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      smoke: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      peers: { type: 'string', default: known.peers.join() },
      docs: { type: 'boolean', default: false },
      against: { type: 'string', multiple: true, default: [] }
    }
  })
  const { smoke: isSmoke, docs, against } = values
  if (isSmoke && docs) throw new Error('--smoke measures nothing that --docs could publish')
  const options = {
    isSmoke,
    rounds: Number(values.rounds ?? (isSmoke ? 1 : 5)),
    seconds: Number(values.seconds ?? (isSmoke ? 0.2 : 0.8)),
    figures: positionals.length > 0 ? positionals : known.figures,
    peers: values.peers.split(',').filter(name => name !== '' && name !== 'none'),
    docs,
    against
  }
  const unknown = [
    ...options.figures.filter(name => !known.figures.includes(name)),
    ...options.peers.filter(name => !known.peers.includes(name))
  ]
  if (unknown.length > 0) {
    throw new Error(`There is no ${unknown.join(', ')}: figures are ${known.figures}, peers are ${known.peers}`)
  }
  if (!Number.isInteger(options.rounds) || options.rounds < 1) throw new Error('--rounds takes a whole number from 1')
  if (!(options.seconds > 0)) throw new Error('--seconds takes a number above 0')
  return options
}
