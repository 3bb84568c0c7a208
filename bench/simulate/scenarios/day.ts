import { dayCurve, meanRates, type Rates, times } from '../model/demand.ts'
import type { Size } from '../model/size.ts'
import { simulateWindow, type Window } from './window.ts'

/** An hour of the day: the rates, and what a window of it looked like. */
export interface Hour extends Window {
  hour: number
  rates: Rates
}

/** Simulates `seconds` of each hour of a day. */
export const simulateDay = (size: Size, seconds: number): Hour[] =>
  Array.from({ length: 24 }, (_, hour) => {
    const rates = times(meanRates(size.accounts), dayCurve(hour))
    return { hour, rates, ...simulateWindow({ size, rates, seconds, seed: hour + 1 }) }
  })
