import { sallyport } from '../entrants/sallyport.ts'
import { shown } from '../numbers.ts'
import { ratios, spread } from '../stats.ts'
import { type Goal, type Line, line } from './figure.ts'

/** A measured server. */
interface Server {
  name: string
  title: string
}

/**
 * The measurement of every server by its name, once in each round; not numbers where the system does not report
 * it.
 */
export interface Quantity {
  key: string
  what: string
  unit: string
  values: Record<string, number[]>
  /** For the ratio to a server of this name. */
  goalOf?: (name: string) => Goal | undefined
}

const isKnown = ({ values }: Quantity) => Object.values(values).flat().every(Number.isFinite)

/** Sallyport divided by each other server. */
export function ratioLines(servers: Server[], quantity: Quantity): Line[] {
  const { key, what, values, goalOf } = quantity
  if (!isKnown(quantity)) return []
  const of = (name: string) => values[name] ?? []
  return servers
    .filter(({ name }) => name !== sallyport.name)
    .map(({ name, title }) =>
      line(
        `${key}-to-${name}`,
        `${what}: Sallyport ÷ ${title}`,
        '×',
        ratios(of(sallyport.name), of(name)),
        goalOf?.(name)
      )
    )
}

/** The medians of the rounds, one server in each row. */
export function medianTable(servers: Server[], quantities: Quantity[]): string[][] {
  const known = quantities.filter(isKnown)
  return [
    ['', ...known.map(({ what, unit }) => `${what}, ${unit}`)],
    ...servers.map(({ name, title }) => [title, ...known.map(({ values }) => shown(spread(values[name] ?? []).median))])
  ]
}
