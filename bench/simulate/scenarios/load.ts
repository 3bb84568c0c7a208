import { peakRates, times } from '../model/demand.ts'
import { hashLoad, type Size } from '../model/size.ts'
import { simulateWindow, type Window } from './window.ts'

/** What happened at a load, where 1 is the load at which passwords need every hash core all the time. */
export interface Level extends Window {
  load: number
}

/** Simulates a deployment at shares of its capacity; all rates grow together. */
export function simulateLoads(size: Size, loads: number[], seconds: number): Level[] {
  const peak = peakRates(size.accounts)
  const capacity = (size.nodes * size.hashCores) / hashLoad(peak)
  return loads.map(load => ({
    load,
    ...simulateWindow({ size, rates: times(peak, load * capacity), seconds, warmUp: seconds / 4 })
  }))
}
