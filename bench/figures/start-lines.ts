import { sallyport } from '../entrants/sallyport.ts'
import { ratios } from '../stats.ts'
import { type Goal, type Line, line } from './figure.ts'

/** What was measured of every server, by its name, once in each round. */
export interface Quantity {
  key: string
  what: string
  unit: string
  values: Record<string, number[]>
  /** For the ratios to bare Fastify and to each peer. */
  goals?: { bare?: Goal; peer?: Goal }
}

/** Sallyport divided by each other server, and then the values; none where the system does not report them. */
export function lines(servers: { name: string; title: string }[], quantity: Quantity): Line[] {
  const { key, what, unit, values, goals = {} } = quantity
  const of = (name: string) => values[name] ?? []
  if (!servers.every(({ name }) => of(name).every(Number.isFinite))) return []
  const ratioLines = servers
    .filter(({ name }) => name !== sallyport.name)
    .map(({ name, title }) => {
      const goal = name === 'bare' ? goals.bare : goals.peer
      return line(`${key}-to-${name}`, `${what}: Sallyport ÷ ${title}`, '×', ratios(of(sallyport.name), of(name)), goal)
    })
  return [
    ...ratioLines,
    ...servers.map(({ name, title }) => line(`${key}-${name}`, `${what}: ${title}`, unit, of(name)))
  ]
}
