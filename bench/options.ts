import { parseArgs } from 'node:util'

/** The figures to measure, the number and length of measurements, and the target of the results. */
export interface Options {
  isSmoke: boolean
  rounds: number
  seconds: number
  only: string[]
  peers: string[]
  /** Folder for `results.json` and `chart.svg`. */
  out: string
  /** Whether to update the page and its files in `docs/`. */
  docs: boolean
  /** Whether `scale` measures all setups, not only those that its goals compare. */
  isWide: boolean
  /** Another revision of Sallyport, to measure in the same rounds. */
  against: string | undefined
}

/** Names of figures and of peers. */
interface Known {
  figures: string[]
  peers: string[]
}

/** The output of `--help`. */
export const usage = ({ figures, peers }: Known) => `npm run bench -- [FIGURE…] [options]
  FIGURE           measure these figures, not all: ${figures.join(', ')}
  --smoke          checks within a minute that everything runs; its numbers mean nothing
  --rounds N       rounds (5)
  --seconds N      length of one measurement (0.8)
  --only A,B       the same as naming the figures
  --peers A,B      these peers: ${peers.join(', ')}; "none" for none
  --out FOLDER     where results.json and chart.svg go (bench/results)
  --docs           update docs/performance.md, .json and the charts too; figures that are not measured, or are refused,
                   stay unchanged
  --wide           for scale: measure every setup, not only those that its goals compare; a quarter of an hour more
  --against REV    in the same rounds, measure another commit too

All figures take about half an hour, more if some have to be measured again. After an interrupt, the same command continues with the figures that are left.`

const list = (text: string) => text.split(',').filter(name => name !== '' && name !== 'none')

/** Throws with a readable message when an argument is wrong. */
export function readOptions(args: string[], known: Known): Options {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      smoke: { type: 'boolean', default: false },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      only: { type: 'string', default: known.figures.join() },
      peers: { type: 'string' },
      out: { type: 'string', default: 'bench/results' },
      docs: { type: 'boolean', default: false },
      wide: { type: 'boolean', default: false },
      against: { type: 'string' }
    }
  })
  const { smoke: isSmoke, out, docs, wide: isWide, against } = values
  if (isSmoke && docs) throw new Error('--smoke measures nothing that --docs could publish')
  // A smoke run includes only the peer that needs no installed packages.
  const options = {
    isSmoke,
    rounds: Number(values.rounds ?? (isSmoke ? 1 : 5)),
    seconds: Number(values.seconds ?? (isSmoke ? 0.2 : 0.8)),
    only: positionals.length > 0 ? positionals : list(values.only),
    peers: list(values.peers ?? (isSmoke ? 'fastapi' : known.peers.join())),
    out,
    docs,
    isWide,
    against
  }
  const unknown = [
    ...options.only.filter(name => !known.figures.includes(name)),
    ...options.peers.filter(name => !known.peers.includes(name))
  ]
  if (unknown.length > 0) {
    throw new Error(`There is no ${unknown.join(', ')}: figures are ${known.figures}, peers are ${known.peers}`)
  }
  if (!Number.isInteger(options.rounds) || options.rounds < 1) throw new Error('--rounds takes a whole number from 1')
  if (!(options.seconds > 0)) throw new Error('--seconds takes a number above 0')
  return options
}
